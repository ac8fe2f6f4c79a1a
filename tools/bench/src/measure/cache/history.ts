// A pool's log of many decisions, as its host would have written it: played through the rules of the cache.
import type { CacheDecision } from '@hearth/cache-advisor';
import { zipfTrace } from '@hearth/cache-advisor/testing';
import type { ImageCacheEvent } from '@hearth/contracts';
import { type ImageCache, imageCacheDecider } from '@hearth/domain';
import { openLedger, type EventStore, type SnapshotStore } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import { cacheSnapshots } from '../../../../../apps/volume-manager/src/pools/cache-snapshots';
import { FactWriter } from '../../../../day-of-load/src/play/fact-writer';
import { PoolPlay } from '../../../../day-of-load/src/play/play-pool';

export interface History {
  readonly pool: PoolRef;
  readonly decisions: number;
  readonly entries: number;
}

export interface WrittenHistory {
  readonly state: ImageCache;
  readonly commits: number;
  /** Of the first and the last commit, milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Decisions of a busy pool that share a commit. */
const decisionsPerCommit = 32;
const days = 90;

/** Images by Zipf's law, a fifth more than there is room for: the cache is full, and goes on giving up and filling. */
export async function writeHistory(store: EventStore, { pool, decisions, entries }: History): Promise<WrittenHistory> {
  const images = Math.ceil(entries * 1.2);
  const trace = zipfTrace({ seed: 1, requests: decisions, images, days }, 0.8);
  const play = new PoolPlay({ pool, seed: 1, limits: { maxSizeGib: 0, maxCount: entries } });
  const writer = new FactWriter(store);
  const stream = { category: 'image-cache', id: pool } as const;
  let kept: ImageCacheEvent[] = [];
  let [keptDecisions, firstMs, lastMs] = [0, 0, 0];
  const flush = async () => {
    if (kept.length === 0) return;
    await writer.write(stream, { atMs: lastMs, events: kept });
    [kept, keptDecisions] = [[], 0];
  };
  for (const played of play.play(trace as Iterable<CacheDecision>)) {
    if (played.kind === 'create') continue;
    firstMs ||= played.atMs;
    lastMs = played.atMs;
    kept.push(...played.events);
    keptDecisions += 1;
    if (keptDecisions >= decisionsPerCommit) await flush();
  }
  await flush();
  return { state: play.state, commits: writer.commits, firstMs, lastMs };
}

/** Folds the whole log once and leaves the snapshot that a host leaves when it ends. Milliseconds that it took. */
export async function leaveSnapshot(store: EventStore, snapshots: SnapshotStore, pool: PoolRef): Promise<number> {
  const beganMs = performance.now();
  const ledger = await openLedger({
    ...{ store, stream: { category: 'image-cache', id: pool }, decider: imageCacheDecider },
    ...{ snapshots: cacheSnapshots(snapshots), now: () => new Date().toISOString(), newId: () => crypto.randomUUID() },
  });
  const tookMs = performance.now() - beganMs;
  await ledger.close();
  return tookMs;
}
