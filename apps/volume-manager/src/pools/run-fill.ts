import type { Failure, ImageIdentity } from '@hearth/contracts';
import { type CacheEntry, entryOf, isTransient } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
import { type CommitContext, inSpan, wasRefused } from '@hearth/event-sourcing';
import { type VolumeId, gibToHold } from '@hearth/kernel';
import { FillError } from '../fill/fill-error';
import type { FillOrder } from '../fill/fill-work';
import type { WrittenImage } from '../fill/write-image';
import { type Host, timed } from '../host/host';
import { imageNow } from '../host/image-now';
import { countFailedFill, countFill } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import { fillFailure, notAdmitted } from './fill-failure';
import { openWriterWithRoom } from './open-writer';
import { type Pool, limitsOf, objectOf } from './pool';

/** One image that is to become one of a pool's copies. */
export interface FillTask {
  readonly host: Host;
  readonly pool: Pool;
  readonly image: ImageIdentity;
  /** The create that asked for it; null where none did. */
  readonly volumeId: VolumeId | null;
  /** What facts about it are stored with. */
  readonly context: CommitContext;
  /** See `FillOrder`. */
  readonly virtualSizeBytesMax: number;
  readonly signal: AbortSignal;
}

/** What a fill moved, and from where. */
export type Filled = Pick<WrittenImage, 'bytesDownloaded' | 'bytesWritten' | 'durationsMs' | 'source'>;

/**
 * Writes the image into the entry's own image-volume and makes it servable, or records why that failed. Undefined when it
 * failed: the create claims again and learns what that means for it. Throws when it was interrupted or the outcome could not
 * be recorded.
 */
export async function runFill(work: FillTask, entry: CacheEntry): Promise<Filled | undefined> {
  const { host, pool, image, volumeId, signal } = work;
  const { generation, filler } = entry;
  const about = { pool: pool.ref, imageId: image.id, generation, imageVolumeId: entry.imageVolumeId };
  host.log.info('filling', { ...about, volumeId, attempt: filler.attempt });
  const attributes = { 'hearth.pool': pool.ref, 'hearth.image': image.id, 'hearth.generation': generation };
  let written: WrittenImage;
  try {
    const { result, ms } = await timed(() => inSpan('image.fill', { attributes }, () => write(work, entry)));
    written = result;
    countFill(pool.ref, { bytesDownloaded: written.bytesDownloaded, source: written.source, ms });
    host.log.info('filled', {
      ...about,
      source: written.source,
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

async function write(work: FillTask, entry: CacheEntry): Promise<WrittenImage> {
  const { host, pool, image, volumeId, signal } = work;
  const { generation } = entry;
  const now = await imageNow(host, image, signal);
  if (now.state !== 'active') throw new FillError(now.failure);
  const begun = { pool: pool.ref, generation, volumeId, imageId: image.id, bytesTotal: image.sizeBytes };
  const progress = host.progress.begin(begun);
  try {
    return await fromPeerOrService(host, orderOf(work, entry, progress.update), entry);
  } finally {
    progress.end();
  }
}

/** A copy of another host's is the image too, and nearer. Why others did not serve stays with what the image service has sent. */
async function fromPeerOrService(host: Host, order: FillOrder, { content }: CacheEntry): Promise<WrittenImage> {
  const { written, declined = [] } = (await host.peers?.fill(order, content)) ?? {};
  if (written) return written;
  const image = await host.writeImage(order);
  return { ...image, source: { ...image.source, declined: [...declined] } };
}

function orderOf(work: FillTask, entry: CacheEntry, onStep: FillOrder['onStep']): FillOrder {
  const { pool, image, signal, virtualSizeBytesMax } = work;
  return {
    ...{ image, signal, virtualSizeBytesMax, onStep },
    unitBytes: pool.backend.driver.capabilities.preferredWriteBytes,
    open: async (virtualSizeBytes, dataBytes) => {
      const sizeGib = await sizeFill(work, entry, virtualSizeBytes);
      return openWriterWithRoom(pool, { volumeId: entry.imageVolumeId, sizeGib, dataBytes });
    },
  };
}

/** The header may tell another size than the image service did: room is made for it, or it is not for this cache. */
async function sizeFill(
  { pool, context, signal }: FillTask,
  entry: CacheEntry,
  virtualSizeBytes: number,
): Promise<number> {
  const sizeGib = Math.max(1, gibToHold(virtualSizeBytes));
  if (sizeGib === entry.sizeGib) return sizeGib;
  const { generation } = entry;
  const command = { do: 'SizeFill', generation, sizeGib, limits: limitsOf(pool) } as const;
  const answer = await untilStored(signal, () => pool.cache.submit(command, context));
  if (wasRefused(answer)) throw notAdmitted(pool.ref, sizeGib);
  return sizeGib;
}

/** False when the fill was given up while it ran: another process took us for dead. Then what it wrote goes. */
async function complete(
  work: FillTask,
  { generation, imageVolumeId }: CacheEntry,
  written: WrittenImage,
): Promise<boolean> {
  const { host, pool, context, signal } = work;
  const { virtualSizeBytes: _, ...evidence } = written;
  const created = { generation, at: host.now(), ...evidence };
  const answer = await untilStored(signal, () => pool.cache.submit({ do: 'CompleteFill', created }, context));
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
  { host }: FillTask,
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

/** Of a packed image nobody tells the size: it may unpack to more than this create's volume takes, and fit in another's. */
function isOfVolume({ image, volumeId }: FillTask, { code }: Failure): boolean {
  const isPacked = image.containerFormat === 'compressed' && image.virtualSizeBytes === null;
  return volumeId !== null && isPacked && code === 'image.too_big';
}

async function recordFailure(work: FillTask, { generation }: CacheEntry, failure: Failure): Promise<void> {
  const { host, pool, context, signal } = work;
  const transient = isTransient(failure.code);
  const ofFiller = isOfVolume(work, failure);
  const command = { do: 'FailFill', generation, failure, transient, ofFiller, at: host.now() } as const;
  await untilStored(signal, () => pool.cache.submit(command, context));
}
