/** A body that is longer than anything that belongs there. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(bytesMax: number) {
    super(`larger than ${bytesMax} bytes`);
  }
}

/** A whole body. Throws `BodyTooLargeError`, after which its connection is given up, or how it broke off. */
export async function readBounded(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > bytesMax) throw new BodyTooLargeError(bytesMax);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
