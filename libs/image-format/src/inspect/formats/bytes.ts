/** Whether the characters stand at that offset; false where the bytes end before. */
export function holds(bytes: Buffer, offset: number, text: string): boolean {
  return bytes.length >= offset + text.length && bytes.toString('latin1', offset, offset + text.length) === text;
}

export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}

/** The smallest multiple of `unit` that is at least `value`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Whether a number read from 64 bits can be counted with: no file and no disk is larger. */
export function isCountable(value: bigint): boolean {
  return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** A GUID in the mixed byte order of Windows, written as it is in documents. */
export function readGuid(bytes: Buffer, offset: number): string {
  const hex = (from: number, until: number) => bytes.toString('hex', offset + from, offset + until);
  const turned = (from: number, until: number) =>
    Buffer.from(bytes.subarray(offset + from, offset + until))
      .reverse()
      .toString('hex');
  return [turned(0, 4), turned(4, 6), turned(6, 8), hex(8, 10), hex(10, 16)].join('-');
}
