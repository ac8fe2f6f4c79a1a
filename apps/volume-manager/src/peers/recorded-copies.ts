import { type CacheEntry, type ImageCache, emptyCache, entryOf, imageCacheDecider } from '@hearth/domain';
import { type EventStore, type SnapshotStore, StateCheckpoint } from '@hearth/event-sourcing';
import { type Generation, type PoolRef, fold } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { cacheSnapshots } from '../pools/cache-snapshots';
import type { CopyRef } from './copy-protocol';

/** Pools of peers that are known; who was not asked for longest is forgotten, and read anew when it matters again. */
const poolsMax = 64;

/** A pool's cache after a commit of its stream. */
interface CacheAt {
  readonly state: ImageCache;
  /** 0: before the first. */
  readonly sequence: number;
  /** Undefined until the commit has been seen. */
  readonly commitId: string | undefined;
}

interface FollowedPool {
  /** Undefined until its snapshot has been asked for. */
  at: CacheAt | undefined;
  reading: Promise<void> | undefined;
}

export interface RecordedCopiesOptions {
  readonly store: Pick<EventStore, 'read'>;
  /** Those that the pools leave; none is written here. */
  readonly snapshots: SnapshotStore;
  readonly log: Log;
}

/**
 * What the log says of other hosts' copies. A pool's stream is read from its snapshot on when it is first asked about, and from then on
 * only what is new in it.
 */
export class RecordedCopies {
  private readonly pools = new Map<PoolRef, FollowedPool>();
  private isClosed = false;

  constructor(private readonly options: RecordedCopiesOptions) {}

  /** The copy as the log knows it now, if it serves. Throws `StoreUnavailableError`. */
  async ready({ pool, generation }: CopyRef): Promise<CacheEntry | undefined> {
    const followed = this.follow(pool);
    // What another has begun to read may end before what the caller has heard of.
    await followed.reading?.catch(() => undefined);
    followed.reading ??= this.readOn(pool, followed).finally(() => (followed.reading = undefined));
    await followed.reading;
    const entry = followed.at && entryOf(followed.at.state, generation as Generation);
    return entry?.status === 'ready' ? entry : undefined;
  }

  /** Ends what is read in the background. */
  close(): void {
    this.isClosed = true;
  }

  private follow(pool: PoolRef): FollowedPool {
    const followed = this.pools.get(pool) ?? { at: undefined, reading: undefined };
    this.pools.delete(pool);
    this.pools.set(pool, followed);
    const [oldest] = this.pools.keys();
    if (this.pools.size > poolsMax && oldest !== undefined) this.pools.delete(oldest);
    return followed;
  }

  private async readOn(pool: PoolRef, followed: FollowedPool): Promise<void> {
    followed.at ??= await this.fromSnapshot(pool);
    if (await this.readAfter(followed.at, pool, followed)) return;
    // The log is another one than that was, or has lost its end: nothing that was known is known any more.
    followed.at = beginning;
    await this.readAfter(beginning, pool, followed);
  }

  /** False, with nothing read, when the commit that the state ends with is not where it was. */
  private async readAfter({ sequence, commitId }: CacheAt, pool: PoolRef, followed: FollowedPool): Promise<boolean> {
    const stream = { category: 'image-cache', id: pool } as const;
    let isThere = sequence === 0;
    for await (const commit of this.options.store.read(stream, { afterSequence: Math.max(0, sequence - 1) })) {
      if (this.isClosed) return true;
      const { state } = followed.at ?? beginning;
      if (isThere) {
        const folded = fold(imageCacheDecider, commit.events, state);
        followed.at = { state: folded, sequence: commit.sequence, commitId: commit.id };
      } else {
        isThere = commit.sequence === sequence && commit.id === (commitId ?? commit.id);
        if (!isThere) return false;
        followed.at = { state, sequence, commitId: commit.id };
      }
    }
    return isThere;
  }

  private async fromSnapshot(pool: PoolRef): Promise<CacheAt> {
    const { store, snapshots, log } = this.options;
    const stream = { category: 'image-cache', id: pool } as const;
    const onError = (error: unknown) => log.warn("the snapshot of a peer's cache cannot be used", { pool, error });
    const saved = await new StateCheckpoint(store, stream, cacheSnapshots(snapshots), onError).load();
    return saved ? { ...saved, commitId: undefined } : beginning;
  }
}

const beginning: CacheAt = { state: emptyCache, sequence: 0, commitId: undefined };
