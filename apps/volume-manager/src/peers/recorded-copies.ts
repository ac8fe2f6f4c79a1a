import { type CacheEntry, type ImageCache, emptyCache, entryOf, imageCacheDecider } from '@hearth/domain';
import type { EventStore } from '@hearth/event-sourcing';
import { type Generation, type PoolRef, fold } from '@hearth/kernel';
import type { CopyRef } from './copy-protocol';

/** Pools of peers that are known; who was not asked for longest is forgotten, and read anew when it matters again. */
const poolsMax = 64;

interface FollowedPool {
  state: ImageCache;
  sequence: number;
  reading: Promise<void> | undefined;
}

/**
 * What the log says of other hosts' copies. A pool's stream is read when it is first asked about, and from then on only what is
 * new in it.
 */
export class RecordedCopies {
  private readonly pools = new Map<PoolRef, FollowedPool>();
  private isClosed = false;

  constructor(private readonly store: Pick<EventStore, 'read'>) {}

  /** The copy as the log knows it now, if it serves. Throws `StoreUnavailableError`. */
  async ready({ pool, generation }: CopyRef): Promise<CacheEntry | undefined> {
    const followed = this.follow(pool);
    // What another has begun to read may end before what the caller has heard of.
    await followed.reading?.catch(() => undefined);
    followed.reading ??= this.readOn(pool, followed).finally(() => (followed.reading = undefined));
    await followed.reading;
    const entry = entryOf(followed.state, generation as Generation);
    return entry?.status === 'ready' ? entry : undefined;
  }

  /** Ends what is read in the background. */
  close(): void {
    this.isClosed = true;
  }

  private follow(pool: PoolRef): FollowedPool {
    const followed = this.pools.get(pool) ?? { state: emptyCache, sequence: 0, reading: undefined };
    this.pools.delete(pool);
    this.pools.set(pool, followed);
    const [oldest] = this.pools.keys();
    if (this.pools.size > poolsMax && oldest !== undefined) this.pools.delete(oldest);
    return followed;
  }

  private async readOn(pool: PoolRef, followed: FollowedPool): Promise<void> {
    const stream = { category: 'image-cache', id: pool } as const;
    for await (const { events, sequence } of this.store.read(stream, { afterSequence: followed.sequence })) {
      if (this.isClosed) return;
      followed.state = fold(imageCacheDecider, events, followed.state);
      followed.sequence = sequence;
    }
  }
}
