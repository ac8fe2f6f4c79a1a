import type { ImageCacheEvent } from '@hearth/contracts';
import { decodeImageCache, imageCacheDecider } from '@hearth/domain';
import type { Snapshot } from '@hearth/event-sourcing';
import { type PoolRef, fold } from '@hearth/kernel';
import { BrokenPromiseError } from '../engine/broken-promise.error';
import type { Facts } from '../world/facts';
import { textOfCache, textOfSavedCache } from './same-cache';

const promise = 'P9 rebuild = live';

/** What a process kept of its state is what the log says; and going on from it is the same as going on from the log's start. */
export function checkSnapshot(key: string, { sequence, state: kept }: Snapshot, facts: Facts): void {
  const [, pool] = /^state\/image-cache\/(.+)$/.exec(key) ?? [];
  if (pool === undefined) return;
  const { state } = kept as { readonly state: unknown };
  const commits = facts.cacheCommits.get(pool as PoolRef) ?? [];
  const eventsOf = (isMeant: (at: number) => boolean): ImageCacheEvent[] =>
    commits.flatMap((commit) => (isMeant(commit.sequence) ? commit.events : []));
  const folded = fold(
    imageCacheDecider,
    eventsOf((at) => at <= sequence),
  );
  if (textOfSavedCache(state) !== textOfCache(folded)) {
    throw new BrokenPromiseError(promise, `the snapshot of ${pool} at ${sequence} is not what the log says`);
  }
  const gone = fold(
    imageCacheDecider,
    eventsOf((at) => at > sequence),
    decodeImageCache(JSON.parse(JSON.stringify(state))),
  );
  if (textOfCache(gone) !== textOfCache(facts.cache(pool as PoolRef))) {
    throw new BrokenPromiseError(promise, `from the snapshot of ${pool} at ${sequence} another state is reached`);
  }
}
