import { ImageServiceError, type ImageBytes, type ImageServiceProblem } from './image-service';

/** The head of an answer, as Node gives it. */
export interface AnswerHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What the status of an answer means; undefined where it brings what was asked for. `fromByte` above 0: a range was asked for. */
export function problemOfStatus(status: number, fromByte = 0): ImageServiceProblem | undefined {
  if (status === (fromByte > 0 ? 206 : 200)) return undefined;
  if (status === 204) return 'no-data';
  if (status === 404) return 'not-found';
  if (status === 401 || status === 403) return 'forbidden';
  if (status >= 500 || status === 429) return 'away';
  if (fromByte > 0) return 'no-ranges';
  return status === 400 ? 'not-found' : 'nonsense';
}

/**
 * What a good answer says of the bytes that follow, checked. Throws `no-ranges` when they are not those from `fromByte` on, and
 * `nonsense` when they are packed by the server, which nobody asked for.
 */
export function readBytesHead(head: AnswerHead, fromByte: number, what: string): Omit<ImageBytes, 'chunks'> {
  const encoding = textOf(head, 'content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ImageServiceError('nonsense', `${what} come in the encoding '${encoding}', which was not asked for`);
  }
  const contentMd5 = md5Of(textOf(head, 'content-md5'));
  const sentBytes = countOf(textOf(head, 'content-length'));
  const lengthBytes = fromByte > 0 ? lengthOfRanged(head, fromByte, sentBytes, what) : sentBytes;
  return { lengthBytes, fromByte, ...(contentMd5 !== undefined && { contentMd5 }) };
}

/** The length of the whole file, of which the answer brings the end (or less of it); undefined where the server does not know it. */
function lengthOfRanged(
  head: AnswerHead,
  fromByte: number,
  sentBytes: number | undefined,
  what: string,
): number | undefined {
  const text = textOf(head, 'content-range') ?? '';
  const [, first, last, whole] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(text.trim()) ?? [];
  const [start, end, lengthBytes] = [countOf(first), countOf(last), countOf(whole)];
  const isRight =
    start === fromByte &&
    end !== undefined &&
    end >= start &&
    end < (lengthBytes ?? Number.MAX_SAFE_INTEGER) &&
    (sentBytes ?? end + 1 - start) === end + 1 - start;
  if (isRight) return lengthBytes;
  const sent = sentBytes === undefined ? '' : ` for ${sentBytes} bytes`;
  throw new ImageServiceError(
    'no-ranges',
    `${what} from byte ${fromByte} on were asked for, and the answer says '${text}'${sent}`,
  );
}

/** The one value of a header; undefined where there is none, or several. */
function textOf({ headers }: AnswerHead, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Hexadecimal in lower case, from the hexadecimal that Glance sends or the base64 of RFC 1864; undefined for anything else. */
function md5Of(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{32}$/i.test(text)) return text.toLowerCase();
  return /^[A-Za-z0-9+/]{22}==$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined;
}
