import type { Failure, ImageIdentity } from '@hearth/contracts';
import {
  type CacheEntry,
  type Chore,
  type Prefetch,
  contentKey,
  entryOf,
  prefetchOf,
  servingEntry,
} from '@hearth/domain';
import { canClone } from '@hearth/driver-api';
import { wasRefused } from '@hearth/event-sourcing';
import { type Generation, gibToHold } from '@hearth/kernel';
import { ImageServiceError } from '@hearth/openstack-clients';
import { GateCrowdedError } from '../host/gate';
import type { Host } from '../host/host';
import { reasonOf } from '../strategies/claim-request';
import type { Pool } from './pool';
import { type UnaskedFill, beginUnaskedFill, runUnaskedFill } from './unasked-fill';

/** A prefetch ends with this failure; nothing was begun for it. */
class PrefetchError extends Error {
  constructor(
    readonly failure: Failure,
    readonly outcome: 'error' | 'unsupported' = 'error',
  ) {
    super(failure.reason);
    this.name = 'PrefetchError';
  }
}

const failed = (code: Failure['code'], reason: string) => new PrefetchError({ code, reason });

/**
 * Fills that somebody asked for ahead of any create. Each runs beside the pool's chores, in its turn among the other fills, and ends
 * with a fact; what cannot be told now (the image service is away, too many fills wait) stays owed until it can, or its deadline passes.
 */
export class Prefetches {
  private readonly ending = new AbortController();
  private readonly running = new Map<string, { readonly cancel: AbortController; readonly done: Promise<void> }>();

  constructor(private readonly host: Host) {}

  /** Begins what is owed; one that runs already goes on. */
  begin(pool: Pool, { prefetchId }: Extract<Chore, { do: 'run-prefetch' }>): void {
    if (this.running.has(prefetchId) || this.ending.signal.aborted) return;
    const prefetch = prefetchOf(pool.cache.state(), prefetchId);
    if (!prefetch || prefetch.cancelled) return;
    const cancel = new AbortController();
    const done = this.run(pool, prefetch, cancel.signal).finally(() => this.running.delete(prefetchId));
    this.running.set(prefetchId, { cancel, done });
  }

  /** Ends the fill of one that was cancelled, unless somebody else has come for it by now: what it has written is removed. */
  async stop(pool: Pool, { prefetchId, generation }: Extract<Chore, { do: 'stop-prefetch' }>): Promise<void> {
    const failure = { code: 'image.copy_failed', reason: 'The prefetch was cancelled.' } as const;
    const answer = await pool.cache.submit({
      ...{ do: 'FailFill', generation, failure, transient: false, unlessWanted: true, at: this.host.now() },
    });
    if (wasRefused(answer)) return;
    const entry = entryOf(answer.state, generation);
    if (entry?.status === 'filling') return;
    const running = this.running.get(entry?.prefetchId ?? prefetchId);
    running?.cancel.abort(new Error('the prefetch was cancelled'));
    await running?.done;
  }

  /** Waits for those that run. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  /** Ends what runs, at once: it is given up by whoever comes after us, and owed anew. */
  async close(): Promise<void> {
    this.ending.abort();
    for (const { cancel } of this.running.values()) cancel.abort(this.ending.signal.reason);
    await this.settled();
  }

  private async run(pool: Pool, prefetch: Prefetch, signal: AbortSignal): Promise<void> {
    const { host } = this;
    const { prefetchId, imageId } = prefetch;
    const about = { pool: pool.ref, imageId, prefetchId };
    try {
      await this.fill(pool, prefetch, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PrefetchError)) {
        const isCrowded = error instanceof GateCrowdedError;
        host.log[isCrowded ? 'info' : 'warn']('a prefetch has to wait', { ...about, error });
        return;
      }
      const { outcome, failure } = error;
      host.log.warn('a prefetch has failed', { ...about, code: failure.code, reason: failure.reason });
      await this.end(pool, prefetch, { outcome, generation: null, failure }).catch((reason: unknown) =>
        host.log.warn('the end of a prefetch could not be recorded; it is owed anew', { ...about, error: reason }),
      );
    }
  }

  private async fill(pool: Pool, prefetch: Prefetch, signal: AbortSignal): Promise<void> {
    const { host } = this;
    const { cache, driver, internalTenant } = pool.backend;
    if (cache.state !== 'enabled' || !internalTenant || !canClone(driver)) {
      const reason = `The cache of ${pool.ref} is ${cache.state}${cache.reason === null ? '' : `: ${cache.reason}`}.`;
      throw new PrefetchError({ code: 'cache.not_admitted', reason }, 'unsupported');
    }
    const image = await this.show(prefetch, signal);
    const sizeGib = Math.max(1, gibToHold(image.virtualSizeBytes ?? image.sizeBytes));
    const { hashesTrusted, signaturesVerified } = { ...host, hashesTrusted: pool.backend.config.image_hashes_trusted };
    const content = contentKey(image, { hashesTrusted, signaturesVerified });
    const there = servingEntry(pool.cache.state(), content);
    // A fill that runs ends the prefetch with it.
    if (there?.status === 'filling') return;
    if (there) return this.end(pool, prefetch, { outcome: 'existing', generation: there.generation, failure: null });
    const totalGib = pool.backend.totalGib.get(pool.ref);
    if (totalGib !== undefined && sizeGib > totalGib) {
      const has = `${pool.ref} has ${Math.floor(totalGib)} GiB`;
      throw failed('cache.not_admitted', `The image needs ${sizeGib} GiB, and ${has} in all.`);
    }
    const wanted = { image, content, sizeGib, prefetchId: prefetch.prefetchId };
    await pool.backend.lanes.fill(async () => {
      signal.throwIfAborted();
      const entry = await this.beginFill(pool, wanted, { internalTenant, signal });
      if (entry) await runUnaskedFill(host, pool, entry, signal);
    });
  }

  /** The image as it is now, with the service's own rights. Throws `ImageServiceError` while the image service is away. */
  private async show({ imageId }: Prefetch, signal: AbortSignal): Promise<ImageIdentity> {
    try {
      const { status, identity } = await this.host.showImage(imageId, signal);
      if (status === 'active') return identity;
      throw failed('image.unacceptable', `The image is ${status}, and must be active.`);
    } catch (error) {
      if (!(error instanceof ImageServiceError) || error.problem === 'away' || error.problem === 'broken') throw error;
      if (error.problem === 'not-found') throw failed('image.not_found', `There is no image ${imageId}.`);
      throw failed('image.download_failed', `The image service does not show image ${imageId}.`);
    }
  }

  /** Undefined where somebody else has an entry or a fill of it by now. */
  private async beginFill(
    pool: Pool,
    wanted: UnaskedFill,
    beginning: Parameters<typeof beginUnaskedFill>[3],
  ): Promise<CacheEntry | undefined> {
    const begun = await beginUnaskedFill(this.host, pool, wanted, beginning);
    if (typeof begun !== 'string') return begun;
    if (begun === 'internal-quota') {
      throw failed('cache.not_admitted', 'The internal project has no quota left for image-volumes.');
    }
    // Cancelled, or switched off: the prefetch is ended, or owed when the cache is on again.
    if (['image-cache.prefetch_not_found', 'image-cache.switched_off'].includes(begun)) return undefined;
    const why = reasonOf(begun).replaceAll('-', ' ');
    throw failed('cache.not_admitted', `The image needs ${wanted.sizeGib} GiB in the cache of ${pool.ref}: ${why}.`);
  }

  private async end(
    pool: Pool,
    { prefetchId }: Prefetch,
    end: {
      readonly outcome: 'existing' | 'error' | 'unsupported';
      readonly generation: Generation | null;
      readonly failure: Failure | null;
    },
  ): Promise<void> {
    await pool.cache.submit({ do: 'EndPrefetch', prefetchId, ...end, at: this.host.now() });
  }
}
