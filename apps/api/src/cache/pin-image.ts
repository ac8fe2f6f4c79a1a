import { FaultError, notFound, type PinImageRequest } from '@hearth/cinder-v3';
import type { ImageIdentity } from '@hearth/contracts';
import { type CachePinRow, listCacheHistory, listCachePins } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { namedPools } from './named-pools';
import { actOf, decide, openPoolCache } from './pool-cache';
import { toldOrStored } from './told-or-stored';

/**
 * Pins an image in pools, and resolves with its pins wherever it has them. Throws a fault of 404 for an image that neither the image
 * service nor a cache knows, or a pool.
 */
export async function pinImage(
  services: VolumeServices,
  { imageId, pools, note }: PinImageRequest,
  call: CallContext,
): Promise<readonly CachePinRow[]> {
  const wanted = await namedPools(services, pools);
  const image = await knownImage(services, imageId, call);
  const act = actOf(services, call);
  const stored: CachePinRow[] = [];
  let last = 0;
  for (const { pool } of wanted) {
    const cache = await openPoolCache(services, pool.pool);
    const { sequence } = await decide(cache, { do: 'PinImage', imageId, image, note, ...act }, imageId, call);
    stored.push({ pool: pool.pool, imageId, note, pinnedBy: act.by, pinnedAt: act.at, contents: [] });
    last = Math.max(last, sequence);
  }
  await services.projected(last);
  return toldOrStored(
    () => listCachePins(services.database, { imageId }),
    () => stored,
  );
}

/** Takes pins away. Throws a fault of 404 where there is none. */
export async function unpinImage(
  services: VolumeServices,
  { imageId, pool }: { readonly imageId: string; readonly pool: string | undefined },
  call: CallContext,
): Promise<void> {
  const pins = await listCachePins(services.database, { imageId, ...(pool !== undefined && { pool }) });
  if (pins.length === 0) throw notFound('Pin of image', imageId);
  const act = actOf(services, call);
  let last = 0;
  for (const pin of pins) {
    const cache = await openPoolCache(services, pin.pool);
    const { sequence } = await decide(cache, { do: 'UnpinImage', imageId, ...act }, imageId, call);
    last = Math.max(last, sequence);
  }
  await services.projected(last);
}

/** Copies outlive their images: what a cache had once may be pinned while the image service does not know it. Undefined then. */
async function knownImage(
  { database, images }: VolumeServices,
  imageId: string,
  { caller }: CallContext,
): Promise<ImageIdentity | undefined> {
  const [known] = await listCacheHistory(database, { imageId }, { uses: false, limit: 1, types: ['fill-started'] });
  try {
    return (await images.resolve(imageId, caller.token)).identity;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    if (known) return undefined;
    throw error.fault.status === 400 ? notFound('Image', imageId) : error;
  }
}
