import type { ImageCacheEvent } from '@hearth/contracts';
import {
  decodeImageCache,
  encodeImageCache,
  type ImageCache,
  imageCacheDecider,
  type ImageCacheCommand,
  imageCacheFingerprint,
} from '@hearth/domain';
import { type CommandEnvironment, openLedger, type SnapshotStore, wasRefused } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { tellOf } from './tell-of';

export interface PoolCachesOptions extends CommandEnvironment {
  readonly snapshots: SnapshotStore;
  readonly log: Log;
}

/** The stream of one pool, for as long as a pass has something to decide there. */
export interface PoolCache {
  /** As it is stored now. */
  state(): ImageCache;
  /** Decides under the stream's own concurrency check, and tells what came of it. A refusal is logged, and is no event. */
  ask(command: ImageCacheCommand): Promise<readonly ImageCacheEvent[]>;
}

/** Opens a pool's stream, and closes it when the work has ended. Throws `StoreUnavailableError`. */
export type WithPoolCache = <Result>(pool: string, work: (cache: PoolCache) => Promise<Result>) => Promise<Result>;

/** A pool's stream is long: it is folded from the snapshot that the pool's host keeps, which is the host's alone to replace. */
export function poolCaches({ store, now, newId, snapshots, log }: PoolCachesOptions): WithPoolCache {
  return async (pool, work) => {
    const ledger = await openLedger({
      store,
      now,
      newId,
      stream: { category: 'image-cache', id: pool } as const,
      decider: imageCacheDecider,
      snapshots: {
        store: { load: (key) => snapshots.load(key), save: async () => undefined },
        fingerprint: imageCacheFingerprint,
        encode: encodeImageCache,
        decode: decodeImageCache,
      },
    });
    try {
      return await work({
        state: () => ledger.state(),
        ask: async (command) => {
          const answer = await ledger.submit(command);
          if (wasRefused(answer)) {
            log.info('a pool did not do what a pass asked of it', { pool, asked: command.do, ...answer });
            return [];
          }
          for (const event of answer.events) tellOf(log, pool, event);
          return answer.events;
        },
      });
    } finally {
      await ledger.close();
    }
  };
}
