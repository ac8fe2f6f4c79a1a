import { FaultError, faultOfRefusal } from '@hearth/cinder-v3';
import type { Actor, ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import {
  decodeImageCache,
  encodeImageCache,
  type ImageCache,
  imageCacheDecider,
  type ImageCacheCommand,
  imageCacheFingerprint,
} from '@hearth/domain';
import { Ledger, type Outcome, wasRefused } from '@hearth/event-sourcing';
import type { ProjectId, Refusal, UserId } from '@hearth/kernel';
import { type CallContext, commitContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';

/** The state of a pool's cache, and the way to decide about it. */
export type PoolCache = Ledger<'image-cache', ImageCacheCommand, ImageCache>;

type CacheOutcome = Outcome<ImageCache, ImageCacheEvent>;

/**
 * Folds the cache of a pool, from the snapshot that its host keeps and what came since. It is made for one request: the host is who
 * decides most of what happens there, and a conflict with it is decided anew. Throws `StoreUnavailableError`.
 */
export function openPoolCache(
  { store, snapshots, newId, clock }: Pick<VolumeServices, 'store' | 'snapshots' | 'newId' | 'clock'>,
  pool: string,
): Promise<PoolCache> {
  return Ledger.open({
    store,
    newId,
    now: () => new Date(clock.now()).toISOString(),
    stream: { category: 'image-cache', id: pool },
    decider: imageCacheDecider,
    snapshots: {
      // The host keeps them.
      store: { load: (key) => snapshots.load(key), save: () => Promise.resolve() },
      fingerprint: imageCacheFingerprint,
      encode: encodeImageCache,
      decode: decodeImageCache,
    },
  });
}

/** Who asks, as facts name an actor. */
export function actorOf({ caller, requestId }: CallContext): Actor {
  return { userId: caller.userId as UserId, projectId: caller.projectId as ProjectId, requestId };
}

/** Who does it, and when. */
export function actOf({ clock }: Pick<VolumeServices, 'clock'>, call: CallContext) {
  return { by: actorOf(call), at: new Date(clock.now()).toISOString() };
}

/** Decides one command about a pool's cache. Throws the fault of a refusal about `subject`. */
export async function decide(
  cache: PoolCache,
  command: ImageCacheCommand,
  subject: string,
  call: CallContext,
): Promise<CacheOutcome> {
  const answer = await ask(cache, command, call);
  if (wasRefused(answer)) throw new FaultError(faultOfRefusal(answer, subject));
  return answer;
}

/** The same, with the refusal as an answer. */
export function ask(
  cache: PoolCache,
  command: ImageCacheCommand,
  call: CallContext,
): Promise<CacheOutcome | Refusal<RefusalCode>> {
  return cache.submit(command, commitContext(call));
}
