import {
  badRequest,
  cachePrefetchView,
  FaultError,
  faultOfRefusal,
  invalidInput,
  notFound,
  type PrefetchRequest,
  skippedPrefetchView,
} from '@hearth/cinder-v3';
import type { ImageCacheEvent, ImageIdentity } from '@hearth/contracts';
import { cacheLimits, type CacheLimits, fitsCache, type ImageCache } from '@hearth/domain';
import { wasRefused } from '@hearth/event-sourcing';
import { gibToHold, isUuid } from '@hearth/kernel';
import { type CachePrefetchRow, findCachePrefetch } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { checkImageFits } from '../images/image-fit';
import { poolReportOf } from '../volumes/pool-reports';
import type { VolumeServices } from '../volumes/volume-services';
import { type NamedPool, namedPools } from './named-pools';
import { actOf, ask, openPoolCache } from './pool-cache';
import { toldOrStored } from './told-or-stored';

/** What a pool could take, as it says of itself. */
interface Target {
  readonly pool: string;
  readonly limits: CacheLimits;
  /** GiB; 0 where its host is silent. */
  readonly totalGib: number;
  /** Why nothing is asked of it. */
  readonly refusal: string | undefined;
  /** It was named as it is: what cannot be is a wrong request, and not passed over. */
  readonly isExact: boolean;
}

/** With how far its fill has come. */
export function prefetchProgress({ fills }: Pick<VolumeServices, 'fills'>, row: CachePrefetchRow) {
  const isRunning = row.status === 'running' && row.generation !== null;
  return { ...row, progress: isRunning ? fills.ofEntry(row.pool, row.generation) : undefined };
}

/**
 * Asks pools to have images in their caches. All is looked at before anything is asked; an image that is being fetched already answers
 * with that prefetch, and is pinned where that is asked for. Throws a fault of 400 for an image that is not there, not active, or larger
 * than a pool that was named; of 404 for a pool that is not there.
 */
export async function prefetchImages(services: VolumeServices, request: PrefetchRequest, call: CallContext) {
  const { deadline } = request;
  if (deadline !== null && Date.parse(deadline) <= services.clock.now()) {
    throw invalidInput(`deadline ${deadline} has passed`);
  }
  const named = await namedPools(services, request.pools);
  const targets = await Promise.all(named.map((one) => targetOf(services, one)));
  const images = await Promise.all(request.images.map((id) => imageOf(services, id, call)));
  for (const target of targets) for (const image of images) checkFits(image, target);
  const prefetches: unknown[] = [];
  for (const target of targets) prefetches.push(...(await prefetchInto(services, target, images, request, call)));
  return { prefetches };
}

async function targetOf(services: VolumeServices, { pool: row, isExact }: NamedPool): Promise<Target> {
  const { pool, settings, state } = row;
  const report = await poolReportOf(services, pool);
  const refusals: Readonly<Record<string, string>> = {
    disabled: 'The pool has no image-volume cache.',
    misconfigured: `The image-volume cache of the pool is misconfigured: ${row.reason ?? 'no reason is given'}.`,
  };
  const silent = 'The host of the pool has not reported what its cache may do.';
  return {
    ...{ pool, isExact, totalGib: report?.totalGib ?? 0 },
    limits: settings ? cacheLimits(settings, report?.totalGib ?? null) : { maxSizeGib: 0, maxCount: 0 },
    refusal: state === null ? silent : refusals[state],
  };
}

/** A request may name many images: the one that cannot be read is named. */
async function imageOf({ images }: VolumeServices, id: string, { caller }: CallContext): Promise<ImageIdentity> {
  const shown = await images.resolve(id, caller.token).catch((error: unknown) => {
    if (!(error instanceof FaultError) || error.fault.status !== 400) throw error;
    throw badRequest(`Image ${id} cannot be prefetched: ${error.fault.message}`);
  });
  checkImageFits(shown, Infinity);
  return shown.identity;
}

const gibOf = ({ virtualSizeBytes, sizeBytes }: ImageIdentity) => Math.max(1, gibToHold(virtualSizeBytes ?? sizeBytes));

function checkFits(image: ImageIdentity, target: Target): void {
  const reason = target.refusal === undefined && target.isExact ? tooLarge(image, target) : undefined;
  if (reason !== undefined) throw badRequest(`Image ${image.id} cannot be cached in ${target.pool}: ${reason}`);
}

function tooLarge(image: ImageIdentity, { limits, totalGib }: Target): string | undefined {
  const sizeGib = gibOf(image);
  if (totalGib > 0 && sizeGib > totalGib) return `it takes ${sizeGib} GiB, and the pool has ${totalGib}.`;
  return fitsCache(sizeGib, limits)
    ? undefined
    : `it takes ${sizeGib} GiB, and the cache may have ${limits.maxSizeGib}.`;
}

async function prefetchInto(
  services: VolumeServices,
  target: Target,
  images: readonly ImageIdentity[],
  { pin, deadline }: PrefetchRequest,
  call: CallContext,
): Promise<readonly unknown[]> {
  const skipped = (image: ImageIdentity, reason: string) =>
    skippedPrefetchView({ pool: target.pool, imageId: image.id, imageName: image.name, reason });
  if (target.refusal !== undefined) return images.map((image) => skipped(image, target.refusal!));
  const cache = await openPoolCache(services, target.pool);
  const act = actOf(services, call);
  const asked = await Promise.all(
    images.map(async (image) => {
      const reason = tooLarge(image, target);
      if (reason !== undefined) return { image, reason };
      const prefetchId = services.newId();
      const command = { do: 'RequestPrefetch', prefetchId, imageId: image.id, image, deadline, pin, ...act } as const;
      const answer = await ask(cache, command, call);
      if (!wasRefused(answer)) return { image, prefetchId };
      const open = answer.data?.['prefetchId'];
      if (answer.refused === 'image-cache.prefetch_exists' && open !== undefined) {
        // Whoever asked first may not have wanted it pinned.
        if (pin && !isPinnedByUser(cache.state(), image.id))
          await ask(cache, { do: 'PinImage', imageId: image.id, image, note: null, ...act }, call);
        return { image, prefetchId: String(open) };
      }
      return { image, reason: faultOfRefusal(answer, image.id).message };
    }),
  );
  await services.projected(cache.sequence());
  return Promise.all(
    asked.map(async ({ image, prefetchId, reason }) => {
      if (prefetchId === undefined) return skipped(image, reason ?? '');
      const { by, at } = act;
      const stored = {
        ...{ id: prefetchId, pool: target.pool, imageId: image.id, imageName: image.name, status: 'queued' as const },
        ...{ cancelledAt: null, generation: null, failure: null, pin, deadline, endedAt: null },
        ...{ requestedBy: by, requestedAt: at },
      };
      const row = await toldOrStored(
        () => findCachePrefetch(services.database, prefetchId),
        () => undefined,
      );
      return cachePrefetchView(prefetchProgress(services, row ?? stored));
    }),
  );
}

const isPinnedByUser = ({ pins }: ImageCache, imageId: string): boolean => 'userId' in (pins.get(imageId)?.by ?? {});

/** Throws a fault of 404. */
export async function findPrefetch(
  { database }: Pick<VolumeServices, 'database'>,
  id: string,
): Promise<CachePrefetchRow> {
  const row = isUuid(id) ? await findCachePrefetch(database, id.toLowerCase()) : undefined;
  if (!row) throw notFound('Prefetch', id);
  return row;
}

function cancelledAs(row: CachePrefetchRow, events: readonly ImageCacheEvent[], at: string): CachePrefetchRow {
  const hasEnded = events.some(({ type }) => type === 'prefetch-ended');
  return { ...row, cancelledAt: at, ...(hasEnded && { status: 'cancelled', endedAt: at }) };
}

/** Cancels a prefetch; one that has ended, or ends at this moment, stays as it is. Throws a fault of 404. */
export async function cancelPrefetch(
  services: VolumeServices,
  id: string,
  call: CallContext,
): Promise<CachePrefetchRow> {
  const row = await findPrefetch(services, id);
  if (row.endedAt !== null) return row;
  const cache = await openPoolCache(services, row.pool);
  const act = actOf(services, call);
  const answer = await ask(cache, { do: 'CancelPrefetch', prefetchId: row.id, ...act }, call);
  if (wasRefused(answer) && answer.refused !== 'image-cache.prefetch_not_found') {
    throw new FaultError(faultOfRefusal(answer, id));
  }
  await services.projected(cache.sequence());
  return toldOrStored(
    () => findPrefetch(services, id),
    () => (wasRefused(answer) ? row : cancelledAs(row, answer.events, act.at)),
  );
}
