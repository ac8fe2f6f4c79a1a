import type { ObjectReader } from '@hearth/driver-api';
import { askBackend } from '../host/ask-backend';
import { countUpload } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import { objectOf } from '../pools/pool';
import { type UploadStep, beginUploadEntry, completeUploadEntry, failUploadEntry } from '../pools/upload-entry';
import { UploadError } from '../upload/upload-error';
import type { StepWork } from './step-work';

/**
 * Gives an image the volume's bytes. They are read from a clone that the pool's cache keeps for the image, so that nobody writes to what is
 * sent and the first create from the image is a hit; where there can be none, from the volume itself. An image that did not get its
 * bytes takes its entry with it.
 */
export async function uploadVolume(work: StepWork, step: UploadStep): Promise<void> {
  const { host, pool, volume, signal } = work;
  const { imageId } = step.upload;
  const about = { volumeId: volume.id, imageId, pool: pool.ref };
  try {
    const bytesUploaded = await pool.backend.lanes.upload(() => upload(work, step));
    countUpload(pool.ref, { outcome: 'uploaded', bytes: bytesUploaded });
    host.log.info('a volume was uploaded as an image', { ...about, bytesUploaded });
    const uploaded = { do: 'RecordUploaded', imageId, method: 'upload', bytesUploaded } as const;
    await untilStored(signal, () => volume.record(host, uploaded));
  } catch (error) {
    if (!(error instanceof UploadError)) throw error;
    const { failure } = error;
    countUpload(pool.ref, { outcome: failure.code, bytes: 0 });
    host.log.error('a volume could not be uploaded as an image', { ...about, code: failure.code, error });
    await untilStored(signal, () => volume.record(host, { do: 'RecordUploadFailure', imageId, failure }));
  }
}

/** The bytes that were sent. Throws `UploadError`. */
async function upload(work: StepWork, step: UploadStep): Promise<number> {
  const { host, pool, volume, signal } = work;
  const { imageId, diskFormat, containerFormat } = step.upload;
  const made = await beginUploadEntry(work, step);
  const source = typeof made === 'string' ? volume.id : made.entry.imageVolumeId;
  const about = { volumeId: volume.id, imageId, pool: pool.ref };
  host.log.info('uploading', { ...about, ...(typeof made === 'string' && { withoutCopy: made }) });
  const open = (): Promise<ObjectReader> =>
    askBackend(host.retryWaitsMs, signal, () => pool.backend.driver.openReader(objectOf(pool, source)));
  try {
    const uploaded = await host.uploadImage({ imageId, diskFormat, containerFormat, signal, open });
    if (typeof made !== 'string') await completeUploadEntry(work, made, uploaded);
    return uploaded.bytesUploaded;
  } catch (error) {
    // The entry of a process that ends is given up by the chores of the next.
    if (error instanceof UploadError && typeof made !== 'string') {
      await failUploadEntry(work, made.entry, error.failure);
    }
    throw error;
  }
}
