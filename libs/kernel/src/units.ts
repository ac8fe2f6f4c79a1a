/** Bytes in a GiB. Cinder's API says "GB" and means this. */
export const bytesPerGib = 2 ** 30;

/** The smallest whole number of GiB that holds `bytes`; 0 for 0. */
export function gibToHold(bytes: number): number {
  return Math.ceil(bytes / bytesPerGib);
}

export function gibToBytes(gib: number): number {
  return gib * bytesPerGib;
}
