import { GlanceError } from './glance-error';

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header against a file's size; undefined when there is none. As Glance does, throws 400 for several ranges and 416 for
 * anything else that is no range inside the file.
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  if (header.includes(',')) throw new GlanceError(400, 'Requests with multiple ranges are not supported in Glance.');
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (!match || (first === '' && last === '')) throw notSatisfiable(header, sizeBytes);
  const range =
    first === ''
      ? { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes - 1 }
      : { start: Number(first), end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
  if (range.start > range.end) throw notSatisfiable(header, sizeBytes);
  return range;
}

function notSatisfiable(header: string, sizeBytes: number): GlanceError {
  const message = `Invalid range '${header}' for an image of ${sizeBytes} bytes`;
  return new GlanceError(416, message, { 'Content-Range': `bytes */${sizeBytes}` });
}
