/** A quick hash of bytes (FNV-1a, over words where there are many). Not for secrets: it names inputs and compares results. */
export function fnv(bytes: Uint8Array, seed = 0x811c9dc5): number {
  let hash = seed >>> 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
