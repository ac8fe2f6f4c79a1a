import type { Failure } from '@hearth/contracts';
import { type CacheEntry, entryOf, isTransient } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
import { inSpan, wasRefused } from '@hearth/event-sourcing';
import { gibToHold } from '@hearth/kernel';
import type { WrittenImage } from '../fill/write-image';
import { timed } from '../host/host';
import { countFailedFill, countFill } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import type { ImageWork } from '../strategies/strategy';
import { fillFailure, notAdmitted } from './fill-failure';
import { type Pool, limitsOf, objectOf } from './pool';

/** What a fill moved. */
export type Filled = Pick<WrittenImage, 'bytesDownloaded' | 'bytesWritten' | 'durationsMs'>;

/**
 * Writes the image into the entry's own image-volume and makes it servable, or records why that failed. Undefined when it
 * failed: the create claims again and learns what that means for it. Throws when it was interrupted or the outcome could not
 * be recorded.
 */
export async function runFill(work: ImageWork, entry: CacheEntry): Promise<Filled | undefined> {
  const { host, pool, image, volume, signal } = work;
  const { generation, filler } = entry;
  const about = { pool: pool.ref, imageId: image.id, generation, imageVolumeId: entry.imageVolumeId };
  host.log.info('filling', { ...about, volumeId: volume.id, attempt: filler.attempt });
  const attributes = { 'hearth.pool': pool.ref, 'hearth.image': image.id, 'hearth.generation': generation };
  let written: WrittenImage;
  try {
    const { result, ms } = await timed(() => inSpan('image.fill', { attributes }, () => write(work, entry)));
    written = result;
    countFill(pool.ref, { bytesDownloaded: written.bytesDownloaded, ms });
    host.log.info('filled', {
      ...about,
      bytesDownloaded: written.bytesDownloaded,
      bytesWritten: written.bytesWritten,
      ms,
    });
  } catch (error) {
    const failure = fillFailure(error, signal);
    host.log.error('a fill failed', { ...about, code: failure.code, error });
    countFailedFill(pool.ref, failure);
    await recordFailure(work, entry, failure);
    return undefined;
  }
  return (await complete(work, entry, written)) ? written : undefined;
}

function write(work: ImageWork, entry: CacheEntry): Promise<WrittenImage> {
  const { host, pool, image, signal } = work;
  return host.writeImage({
    image,
    signal,
    unitBytes: pool.backend.driver.capabilities.preferredWriteBytes,
    open: async (virtualSizeBytes) => {
      const sizeGib = await sizeFill(work, entry, virtualSizeBytes);
      return pool.backend.driver.openWriter(objectOf(pool, entry.imageVolumeId), sizeGib);
    },
  });
}

/** The header may tell another size than the image service did: room is made for it, or it is not for this cache. */
async function sizeFill(
  { pool, volume, signal }: ImageWork,
  entry: CacheEntry,
  virtualSizeBytes: number,
): Promise<number> {
  const sizeGib = Math.max(1, gibToHold(virtualSizeBytes));
  if (sizeGib === entry.sizeGib) return sizeGib;
  const { generation } = entry;
  const command = { do: 'SizeFill', generation, sizeGib, limits: limitsOf(pool) } as const;
  const answer = await untilStored(signal, () => pool.cache.submit(command, volume.context));
  if (wasRefused(answer)) throw notAdmitted(pool.ref, sizeGib);
  return sizeGib;
}

/** False when the fill was given up while it ran: another process took us for dead. Then what it wrote goes. */
async function complete(
  work: ImageWork,
  { generation, imageVolumeId }: CacheEntry,
  written: WrittenImage,
): Promise<boolean> {
  const { host, pool, volume, signal } = work;
  const { digest, verifiedBy, bytesDownloaded, bytesWritten, durationsMs } = written;
  const created = { generation, digest, verifiedBy, bytesDownloaded, bytesWritten, durationsMs };
  const answer = await untilStored(signal, () => pool.cache.submit({ do: 'CompleteFill', created }, volume.context));
  if (!wasRefused(answer)) return true;
  host.log.warn('a fill came too late: it had been given up', { pool: pool.ref, generation, refused: answer.refused });
  // It was completed without an answer to us, and has been retired since: clones that run need it, and it is reaped after them.
  if ((entryOf(pool.cache.state(), generation)?.leases ?? 0) > 0) return false;
  await removeRemains(work.pool, work, imageVolumeId);
  return false;
}

/** The entry is retired and may be reaped already, in which case nobody else would remove the object. */
async function removeRemains(
  pool: Pool,
  { host }: ImageWork,
  imageVolumeId: CacheEntry['imageVolumeId'],
): Promise<void> {
  try {
    await pool.backend.driver.remove(objectOf(pool, imageVolumeId));
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    host.log.warn('the image-volume of a fill that was given up could not be removed', {
      pool: pool.ref,
      imageVolumeId,
      error,
    });
  }
}

async function recordFailure(work: ImageWork, { generation }: CacheEntry, failure: Failure): Promise<void> {
  const { pool, volume, signal } = work;
  const transient = isTransient(failure.code);
  const command = { do: 'FailFill', generation, failure, transient } as const;
  await untilStored(signal, () => pool.cache.submit(command, volume.context));
}
