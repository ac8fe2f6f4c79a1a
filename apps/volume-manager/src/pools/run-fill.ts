import type { CacheEntry } from '@hearth/domain';
import { isTransient } from '@hearth/domain';
import { gibToHold } from '@hearth/kernel';
import { FillError, type WrittenImage, writeImage } from '../fill/write-image';
import type { ImageWork } from '../strategies/strategy';
import { limitsOf, objectOf } from './pool';

/** What a fill moved. */
export type Filled = Pick<WrittenImage, 'bytesDownloaded' | 'bytesWritten' | 'durationsMs'>;

/**
 * Writes the image into the entry's own image-volume and makes it servable, or records why that failed. Undefined when it
 * failed: the create claims again and learns what that means for it. Throws when the outcome could not be recorded.
 */
export async function runFill(work: ImageWork, entry: CacheEntry): Promise<Filled | undefined> {
  const { host, pool, image, signal } = work;
  const { generation } = entry;
  host.log.info('filling', { pool: pool.ref, imageId: image.id, generation, attempt: entry.filler.attempt });
  try {
    const written = await writeImage({
      image,
      source: host.images,
      scratchDirectory: host.scratchDirectory,
      signal,
      open: async (virtualSizeBytes) => {
        const sizeGib = await sizeFill(work, entry, virtualSizeBytes);
        return pool.backend.driver.openWriter(objectOf(pool, entry.imageVolumeId), sizeGib);
      },
    });
    const { digest, verifiedBy, bytesDownloaded, bytesWritten, durationsMs } = written;
    const created = { generation, digest, verifiedBy, bytesDownloaded, bytesWritten, durationsMs };
    await pool.cache.submit({ do: 'CompleteFill', created }, work.volume.context);
    return { bytesDownloaded, bytesWritten, durationsMs };
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    await recordFailure(work, entry, error);
    return undefined;
  }
}

/** The header may tell another size than the image service did: room is made for it, or it is not for this cache. */
async function sizeFill({ pool, volume }: ImageWork, entry: CacheEntry, virtualSizeBytes: number): Promise<number> {
  const sizeGib = Math.max(1, gibToHold(virtualSizeBytes));
  if (sizeGib === entry.sizeGib) return sizeGib;
  const { generation } = entry;
  const answer = await pool.cache.submit(
    { do: 'SizeFill', generation, sizeGib, limits: limitsOf(pool) },
    volume.context,
  );
  if ('refused' in answer) {
    const reason = `The image needs ${sizeGib} GiB, which the cache of ${pool.ref} has no room for.`;
    throw new FillError({ code: 'cache.not_admitted', reason });
  }
  return sizeGib;
}

async function recordFailure(work: ImageWork, { generation }: CacheEntry, error: FillError): Promise<void> {
  const { host, pool, image, volume } = work;
  const { failure } = error;
  host.log.error('a fill failed', { pool: pool.ref, imageId: image.id, generation, code: failure.code, error });
  const transient = isTransient(failure.code);
  await pool.cache.submit({ do: 'FailFill', generation, failure, transient }, volume.context);
}
