import type { ImageFormat } from './image-format';

/** A stretch of the file, in bytes. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** What is known once the file has ended. */
export interface FileEnd {
  readonly sizeBytes: number;
  /** The file's last `tailBytes` bytes, or all of a shorter file. */
  readonly tail: Buffer;
}

/** How much of a file's end is kept while it streams by: the largest end that is looked at is a VMDK's, of three sectors. */
export const tailBytes = 1536;

export type Ask =
  | { readonly ask: 'stretches'; readonly stretches: readonly Stretch[] }
  | { readonly ask: 'prefix'; readonly length: number }
  | { readonly ask: 'end' }
  | { readonly ask: 'nothing'; readonly format: ImageFormat };

export type Answer = readonly Buffer[] | FileEnd | undefined;

/**
 * A rule that looks at a file while it streams by: it asks for what it needs next, and is resumed when that has come.
 *
 * Bytes that have gone by do not come back, except for the first `prefixBytes` of the file: other stretches must lie behind all that
 * was asked for before. Stretches that are needed in no certain order are asked for together.
 * A file that ends before a stretch does is refused as `incomplete` without the rule being resumed.
 */
export type Asking<T> = Generator<Ask, T, Answer>;

/** How much of a file's beginning is kept. */
export const prefixBytes = 34_816;

export function* readAll(stretches: readonly Stretch[]): Asking<readonly Buffer[]> {
  return (yield { ask: 'stretches', stretches }) as readonly Buffer[];
}

export function* read(offset: number, length: number): Asking<Buffer> {
  const [bytes = Buffer.alloc(0)] = yield* readAll([{ offset, length }]);
  return bytes;
}

/** A whole number of the entries of any table. */
const pieceBytes = 64 * 1024;

/**
 * Looks at a long stretch while it passes, piece by piece, until `look` finds something, which is the answer. A stretch that has gone by
 * already is not looked at.
 *
 * @param passed where the last stretch that was asked for before has its end, in bytes of the file
 */
export function* scan<Found>(
  { offset, length }: Stretch,
  passed: number,
  look: (piece: Buffer) => Found | undefined,
): Asking<Found | undefined> {
  const isThere = offset >= passed || passed <= prefixBytes || offset + length <= prefixBytes;
  if (!isThere) return undefined;
  for (let at = 0; at < length; at += pieceBytes) {
    const found = look(yield* read(offset + at, Math.min(pieceBytes, length - at)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first bytes of the file: fewer than `length` only where the file is shorter. */
export function* readPrefix(length: number): Asking<Buffer> {
  const [bytes = Buffer.alloc(0)] = (yield { ask: 'prefix', length }) as readonly Buffer[];
  return bytes;
}

export function* awaitEnd(): Asking<FileEnd> {
  return (yield { ask: 'end' }) as FileEnd;
}

/** Says as what the file is read from now on, long before all of it has been seen. */
export function* announce(format: ImageFormat): Asking<void> {
  yield { ask: 'nothing', format };
}
