import { DriverError, type ObjectReader, type ObjectRef } from '@hearth/driver-api';
import type { BlockThreads } from '../fill/disk/block-threads';
import { type ReadDigest, digestOfObject } from '../fill/disk/content-digest';
import type { Backend } from '../backends/backend';
import { within } from '../host/time-limit';
import { Patience } from '../host/patience';

export interface CopyToRead {
  readonly backend: Backend;
  readonly object: ObjectRef;
  /** A backend that does not answer for this long is not asked any more. */
  readonly stallMs: number;
  readonly threads: Pick<BlockThreads, 'make'>;
  readonly signal: AbortSignal;
  /** See `digestOfObject`. */
  readonly pace: (bytesRead: number) => Promise<void>;
}

/**
 * What came of reading a copy. `gone`: the backend has no such object. `unreadable`: it has, and cannot read it. `unanswered`: nothing
 * was learnt about the copy; the backend is away or hangs. `open` settles when a call that hangs comes back after all.
 */
export type CopyRead =
  | ({ readonly status: 'read' } & ReadDigest)
  | { readonly status: 'gone' | 'unreadable'; readonly error: DriverError }
  | { readonly status: 'unanswered'; readonly error: unknown; readonly open: Promise<unknown> | undefined };

/** Reads a whole copy and computes its content's digest. Throws what `pace` throws, and the signal's reason. */
export async function readCopy(copy: CopyToRead): Promise<CopyRead> {
  const { backend, object, stallMs, signal, threads, pace } = copy;
  const patience = new Patience(stallMs, signal);
  let pacing: { readonly error: unknown } | undefined;
  const noted = (bytesRead: number) =>
    pace(bytesRead).catch((error: unknown) => {
      pacing = { error };
      throw error;
    });
  let opening: Promise<ObjectReader> | undefined;
  try {
    const reader = await patience.answer('opening a copy', () => (opening = backend.driver.openReader(object)));
    return { status: 'read', ...(await digestOfObject(impatient(reader, patience), noted, threads)) };
  } catch (error) {
    if (pacing || signal.aborted) throw error;
    return verdictOn(error, patience.unanswered);
  } finally {
    await release(opening, patience, stallMs);
  }
}

function verdictOn(error: unknown, open: Promise<unknown> | undefined): CopyRead {
  if (error instanceof DriverError) {
    if (error.code === 'not-found') return { status: 'gone', error };
    if (error.code === 'failed') return { status: 'unreadable', error };
  }
  return { status: 'unanswered', error, open };
}

/** The same reader; nobody waits for it longer than patience lasts. */
function impatient(reader: ObjectReader, patience: Patience): ObjectReader {
  return {
    sizeBytes: reader.sizeBytes,
    read: (offset, target) => patience.answer('reading a copy', () => reader.read(offset, target)),
    async *extents() {
      const extents = reader.extents()[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await patience.answer('finding the data of a copy', () => extents.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        // Not waited for: a walk that hangs ends when it comes back.
        void extents.return?.().catch(() => undefined);
      }
    },
    close: () => reader.close(),
  };
}

/** Closes the reader: later, if the backend still owes an answer. */
async function release(
  opening: Promise<ObjectReader> | undefined,
  { unanswered }: Patience,
  limitMs: number,
): Promise<void> {
  const close = async () => (await opening)?.close();
  if (unanswered) void unanswered.then(close).catch(() => undefined);
  else await within(limitMs, 'closing a copy', close()).catch(() => undefined);
}
