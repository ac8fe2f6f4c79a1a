/**
 * Copies all of `source` to a place of `target`, which may be shared memory. There V8's own copy goes word by word, lest a reader sees
 * half a word; nobody reads meanwhile here, and the system's copy does not fetch from another core's cache what it overwrites.
 */
export function copyBytes(source: Buffer, target: Buffer, at: number): void {
  if (source.length > 0) target.fill(source, at, at + source.length);
}
