import type { Failure, ImageIdentity } from '@hearth/contracts';
import type { VolumeCommand } from '@hearth/domain';
import type { ObjectReader } from '@hearth/driver-api';
import { ImageUploadError } from '@hearth/openstack-clients';
import { askBackend } from '../host/ask-backend';
import { countUpload } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import { type Pool, objectOf } from '../pools/pool';
import {
  type UploadEntry,
  type UploadStep,
  beginUploadEntry,
  completeUploadEntry,
  failUploadEntry,
} from '../pools/upload-entry';
import { UploadError, uploadFailed } from '../upload/upload-error';
import type { UploadedImage } from '../upload/upload-image';
import type { StepWork } from './step-work';
import { imageVolumeId, uploadAsLocation } from './upload-as-location';

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
    const uploaded = await whileUploading(pool, imageId, () => pool.backend.lanes.upload(() => upload(work, step)));
    countUpload(pool.ref, { outcome: 'uploaded', bytes: uploaded.bytesUploaded });
    host.log.info('a volume was uploaded as an image', { ...about, ...uploaded });
    await untilStored(signal, () => volume.record(host, { do: 'RecordUploaded', imageId, ...uploaded }));
  } catch (error) {
    if (!(error instanceof UploadError)) throw error;
    const { failure } = error;
    countUpload(pool.ref, { outcome: failure.code, bytes: 0 });
    host.log.error('a volume could not be uploaded as an image', { ...about, code: failure.code, error });
    await untilStored(signal, () => volume.record(host, { do: 'RecordUploadFailure', imageId, failure }));
  }
}

/** What an upload that fails cannot tell of its entry any more is told by the pool's chores, once it is not among the uploads. */
async function whileUploading<Result>(
  { uploads }: Pool,
  imageId: string,
  work: () => Promise<Result>,
): Promise<Result> {
  uploads.add(imageId);
  try {
    return await work();
  } finally {
    uploads.delete(imageId);
  }
}

/** By way of the image's place where that is configured; else by its bytes. Throws `UploadError`. */
async function upload(work: StepWork, step: UploadStep): Promise<Uploaded> {
  const ended = await place(work, step);
  if (ended) return ended;
  const { host, pool, volume } = work;
  const { imageId } = step.upload;
  const made = await beginUploadEntry(work, step, volume.id);
  const about = { volumeId: volume.id, imageId, pool: pool.ref };
  host.log.info('uploading', { ...about, ...(typeof made === 'string' && { withoutCopy: made }) });
  return keepingEntry(work, made, async () => {
    const { image, sent, ...uploaded } = await send(work, step, made);
    if (typeof made !== 'string') await completeUploadEntry(work, made, { image, sent });
    return uploaded;
  });
}

/** An upload that fails takes its entry with it; that of a process that ends is given up by the chores of the next. */
async function keepingEntry<Result>(
  work: StepWork,
  made: UploadEntry | string,
  use: () => Promise<Result>,
): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    work.signal.throwIfAborted();
    if (typeof made !== 'string') await failUploadEntry(work, made.entry, failureIn(error));
    throw error;
  }
}

function failureIn(error: unknown): Failure {
  if (error instanceof UploadError) return error.failure;
  const detail = error instanceof Error ? error.message : String(error);
  return uploadFailed('The volume could not be uploaded.', detail).failure;
}

type Uploaded = Pick<Extract<VolumeCommand, { do: 'RecordUploaded' }>, 'method' | 'bytesUploaded'>;
type Ended = Uploaded & Pick<UploadedImage, 'image' | 'sent'>;

/** Undefined where the bytes have to be sent. The entry is a clone of what is at the place: a guest may write to the volume meanwhile. */
async function place(work: StepWork, step: UploadStep): Promise<Uploaded | undefined> {
  const { imageId } = step.upload;
  const image = await placed(work, step);
  if (typeof image === 'string') {
    if (image !== 'not-configured') work.host.log.info('an image gets its bytes sent', { imageId, reason: image });
    return undefined;
  }
  const made = await beginUploadEntry(work, step, imageVolumeId(imageId));
  if (typeof made !== 'string') {
    await keepingEntry(work, made, () => completeUploadEntry(work, made, { image, sent: 'place' }));
  }
  return { method: 'location', bytesUploaded: 0 };
}

async function placed(work: StepWork, step: UploadStep): Promise<ImageIdentity | string> {
  try {
    return await uploadAsLocation(work, step);
  } catch (error) {
    if (!(error instanceof ImageUploadError)) throw error;
    throw uploadFailed('The image service could not be told where the image is.', error.message, { cause: error });
  }
}

async function send(work: StepWork, step: UploadStep, made: UploadEntry | string): Promise<Ended> {
  const { host, pool, volume, signal } = work;
  const { imageId, diskFormat, containerFormat } = step.upload;
  const source = typeof made === 'string' ? volume.id : made.entry.imageVolumeId;
  const open = (): Promise<ObjectReader> =>
    askBackend(host.retryWaitsMs, signal, () => pool.backend.driver.openReader(objectOf(pool, source)));
  const uploaded = await host.uploadImage({ imageId, diskFormat, containerFormat, signal, open });
  return { ...uploaded, method: 'upload' };
}
