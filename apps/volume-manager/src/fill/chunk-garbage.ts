import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options: { readonly type: 'minor' }) => void;

const collectEveryBytes = 4 * 1024 * 1024;

/**
 * Gives back the memory of chunks that a download has let go of, little by little.
 *
 * Every read of a socket brings a new buffer of 64 KiB outside of the heap. Left alone, V8 notices after some tens of MiB and then
 * marks the whole heap, on all of its threads: some fifteen times for 300 MiB, which took a quarter of a fill's processor time on
 * two cores, and more the larger the heap of the app. A look at the youngest objects alone takes a fraction of a millisecond,
 * and the same few buffers, warm in the cache, serve the whole download.
 */
export class ChunkGarbage {
  private bytes = 0;

  /** Call it for every chunk, when the one before is no longer used. */
  passed(chunkBytes: number): void {
    this.bytes += chunkBytes;
    if (this.bytes < collectEveryBytes) return;
    this.bytes = 0;
    youngCollector()({ type: 'minor' });
  }
}

let known: CollectGarbage | undefined;

/**
 * V8's own function, which it gives only to contexts that are made while the flag is set. The flag is the whole process's and stays:
 * another thread may be about to make its context.
 */
function youngCollector(): CollectGarbage {
  if (!known) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as CollectGarbage;
  }
  return known;
}
