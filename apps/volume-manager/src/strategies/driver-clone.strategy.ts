import { type ImageCloneCapable, type OpenImage, canCloneImages, DriverError } from '@hearth/driver-api';
import { ImageUploadError } from '@hearth/openstack-clients';
import { gibToHold } from '@hearth/kernel';
import { contentKey } from '@hearth/domain';
import { FillError, type WrittenImage } from '../fill/write-image';
import { askBackend } from '../host/ask-backend';
import { timed } from '../host/host';
import { countClone } from '../host/metrics';
import { objectOf } from '../pools/pool';
import { lookAgain } from './look-again';
import { type Answer, type ImageWork, type Strategy, declined } from './strategy';

/**
 * Lets the driver make the volume out of the image where that lies (`file://…`), without moving its bytes. Before the first volume they
 * are read there and judged as a fill would judge them; what is remembered of that counts for as long as nobody changes them. Anything
 * that does not fit is served another way. Asked only where the scheme is allowed (`allowed_direct_url_schemes`).
 */
export const driverCloneStrategy: Strategy = { name: 'driver-clone', attempt };

async function attempt(work: ImageWork): Promise<Answer> {
  const { driver } = work.pool.backend;
  const unfit = whyNot(work) ?? (await whyNotNow(work));
  if (unfit !== undefined) return declined(unfit);
  if (!canCloneImages(driver)) return declined('driver-cannot-clone-images');
  try {
    const place = await findPlace(work, driver);
    if (typeof place === 'string') return declined(place);
    try {
      return await cloneFrom(work, place);
    } finally {
      await place.close();
    }
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof DriverError || error instanceof ImageUploadError)) throw error;
    const about = { volumeId: work.volume.id, imageId: work.image.id, pool: work.pool.ref };
    work.host.log.warn('an image could not be cloned from where it lies', { ...about, error });
    return declined(error instanceof ImageUploadError ? 'places-unknown' : 'clone-failed');
  }
}

function whyNot({ pool, image, request, sizeGib }: ImageWork): string | undefined {
  if (!canCloneImages(pool.backend.driver)) return 'driver-cannot-clone-images';
  if (request.encryptionKeyId !== undefined) return 'encrypted';
  if (image.diskFormat !== 'raw' || image.containerFormat !== 'bare') return 'image-not-raw';
  if (!image.osHashValue && !image.checksum) return 'image-without-hash';
  return gibToHold(image.sizeBytes) > sizeGib ? 'does-not-fit' : undefined;
}

/** Nobody asks for the bytes on this way, so that the image service could not refuse them. */
async function whyNotNow(work: ImageWork): Promise<string | undefined> {
  const { host, pool, image } = work;
  const now = await lookAgain(work, driverCloneStrategy.name);
  if (now.state === 'unknown') return 'image-status-unknown';
  const rules = {
    hashesTrusted: pool.backend.config.image_hashes_trusted,
    signaturesVerified: host.signaturesVerified,
  };
  return contentKey(now.identity, rules) === contentKey(image, rules) ? undefined : 'image-changed';
}

/** The first of the image's places that the driver can share; else why the last one is none. */
async function findPlace({ host, image, signal }: ImageWork, driver: ImageCloneCapable): Promise<OpenImage | string> {
  let why = 'no-place-disclosed';
  for (const url of (await host.locationsOf?.(image.id, signal)) ?? []) {
    const place = await driver.openImage({ imageId: image.id, url });
    if ('unfit' in place) {
      why = place.unfit;
      continue;
    }
    if (place.sizeBytes === image.sizeBytes) return place;
    why = 'size-differs';
    await place.close();
  }
  return why;
}

async function cloneFrom(work: ImageWork, place: OpenImage): Promise<Answer> {
  const { host, pool, volume, image, sizeGib, signal } = work;
  const { result: verified, ms: verifyMs } = await timed(() => verify(work, place));
  if (typeof verified === 'string') return declined(verified);
  await work.makeWay?.();
  const target = objectOf(pool, volume.id);
  const { result: cloned, ms } = await timed(() =>
    askBackend(host.retryWaitsMs, signal, () =>
      pool.backend.lanes.clone(`image ${image.id}`, () => place.cloneTo(target, sizeGib)),
    ),
  );
  if ('unfit' in cloned) return declined(cloned.unfit);
  const { cloneMethod } = cloned;
  countClone(pool.ref, { method: cloneMethod, ms });
  return {
    status: 'made',
    made: {
      ...{ outcome: 'bypass', reason: 'image-is-a-file', entry: null, cloneMethod, digest: verified.digest },
      ...{ bytesDownloaded: 0, bytesWritten: 0, durationsMs: { verify: verifyMs, clone: ms } },
    },
    signature: verified.signature,
  };
}

/** Why the bytes are not to be used: a download tells the same of the image service's, or finds better ones there. */
async function verify(work: ImageWork, place: OpenImage): Promise<WrittenImage | string> {
  const { host, pool, volume, image, signal } = work;
  if (!host.verifyImageAt) return 'image-unverified';
  try {
    const verified = await host.verifyImageAt({ image, place, signal });
    return verified.verifiedBy === 'none' ? 'image-without-hash' : verified;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof FillError)) throw error;
    const { code } = error.failure;
    host.log.error('an image is not what it is said to be where it lies', {
      ...{ imageId: image.id, volumeId: volume.id, pool: pool.ref, code, error },
    });
    return code.replace('.', '-').replaceAll('_', '-');
  }
}
