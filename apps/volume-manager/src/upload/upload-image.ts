import type { Failure, ImageIdentity } from '@hearth/contracts';
import { DriverError, type ObjectReader } from '@hearth/driver-api';
import { type ImageUpload, ImageUploadError, type ImageUploadProblem } from '@hearth/openstack-clients';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { exportImage, isExportFormat } from '../fill/convert/export-image';
import type { ScratchFile } from '../fill/convert/scratch-file';
import { blockBytes } from '../fill/disk/content-digest';
import { FillError } from '../fill/fill-error';
import type { FillTools } from '../fill/fill-work';
import { roundMs } from '../host/round-ms';
import { driverFailure } from '../volumes/driver-failure';
import { DiskRead } from './read-disk';
import { UploadError, uploadFailed } from './upload-error';
import { withdrawImage } from './withdraw-image';

/** What uploads of this host share. */
export interface UploadTools extends Pick<FillTools, 'lanes' | 'threads' | 'scratch' | 'qemuImg'> {
  readonly images: ImageUpload;
  /** Waits between looks at an image that is still taking the bytes of an upload which broke off, in milliseconds. */
  readonly savingWaitsMs?: readonly number[];
}

/** One disk that is to become an image's bytes. */
export interface UploadOrder {
  readonly imageId: string;
  /** As the image service names formats. */
  readonly diskFormat: string;
  readonly containerFormat: string;
  /** Opens what is read; what it throws ends the work. */
  readonly open: () => Promise<ObjectReader>;
  readonly signal: AbortSignal;
}

export interface UploadedImage {
  /** As the image service shows it now. */
  readonly image: ImageIdentity;
  readonly bytesUploaded: number;
  /** What was sent; undefined where another process had sent it before. */
  readonly sent: SentImage | undefined;
}

export interface SentImage {
  /** `sha512:<hex>` of the bytes that were sent. */
  readonly digest: string;
  /** Whether the image service has told that very hash. */
  readonly verified: boolean;
  /** See `ContentDigest`. */
  readonly contentDigest: string;
  readonly durationsMs: Readonly<Record<string, number>>;
}

/**
 * Gives an image its bytes: a disk as it is, or converted to the format of the image's record, hashed while it is sent. An image that has
 * its bytes already was sent by a process before us. Throws an `UploadError`, after which a record that got no bytes is removed, as
 * Cinder does; or the signal's reason.
 */
export async function uploadImage(order: UploadOrder, tools: UploadTools): Promise<UploadedImage> {
  const { imageId, signal } = order;
  const { images } = tools;
  try {
    const before = await settled(order, tools);
    if (before.status === 'active') {
      return { image: before.identity, bytesUploaded: before.identity.sizeBytes, sent: undefined };
    }
    if (before.status !== 'queued') throw notQueued(before.status);
    const { digest, ...sent } = await send(order, tools);
    const { status, identity: image } = await images.show(imageId, { signal });
    if (status !== 'active') throw uploadFailed(`The image service left the image ${status}.`);
    const verified = requireSame(image, digest, sent.bytesUploaded);
    const { bytesUploaded, contentDigest, durationsMs } = sent;
    return { image, bytesUploaded, sent: { digest: `sha512:${digest}`, verified, contentDigest, durationsMs } };
  } catch (error) {
    signal.throwIfAborted();
    const failed = asUploadError(error);
    const isDamaged = error instanceof DamagedError;
    await withdrawImage(imageId, { images, signal, evenActive: isDamaged }).catch((cause: unknown) => {
      throw withRemains(failed, cause);
    });
    throw failed;
  }
}

const savingWaitsMsDefault = [500, 1_000, 2_000, 4_000];

/** The record once it is no longer `saving`: the service puts it back to `queued` when it sees that an upload has broken off. */
async function settled(
  { imageId, signal }: UploadOrder,
  { images, savingWaitsMs = savingWaitsMsDefault }: UploadTools,
) {
  for (const waitMs of savingWaitsMs) {
    const shown = await images.show(imageId, { signal });
    if (shown.status !== 'saving') return shown;
    await pause(waitMs, undefined, { signal });
  }
  return images.show(imageId, { signal });
}

interface Sent {
  /** SHA-512, hexadecimal. */
  readonly digest: string;
  readonly bytesUploaded: number;
  readonly contentDigest: string;
  readonly durationsMs: Readonly<Record<string, number>>;
}

async function send(order: UploadOrder, tools: UploadTools): Promise<Sent> {
  const { diskFormat, containerFormat } = order;
  if (containerFormat !== 'bare')
    throw uploadFailed(`Volumes are not uploaded in the container format ${containerFormat}.`);
  const reader = await order.open();
  try {
    const disk = new DiskRead({ reader, threads: tools.threads, signal: order.signal });
    if (diskFormat === 'raw') {
      const put = await sendBytes(order, tools, rawBytes(disk), reader.sizeBytes);
      return { ...put, contentDigest: disk.digest };
    }
    if (isExportFormat(diskFormat)) return await sendConverted(order, tools, disk, reader.sizeBytes);
    throw uploadFailed(`Volumes are not uploaded in the disk format ${diskFormat}.`);
  } finally {
    await reader.close();
  }
}

async function* rawBytes(disk: DiskRead): AsyncGenerator<Buffer> {
  for await (const { bytes } of disk.blocks()) yield bytes;
}

/** By way of scratch space: another format has its tables before its data, or needs to be looked at twice. */
async function sendConverted(order: UploadOrder, tools: UploadTools, disk: DiskRead, sizeBytes: number): Promise<Sent> {
  const { signal } = order;
  const { scratch, qemuImg } = tools;
  const format = order.diskFormat;
  if (!isExportFormat(format)) throw new RangeError(`${format} is no format to convert to`);
  const from = performance.now();
  const raw = await scratch.openFile({ reserveBytes: 0, growBytes: 64 * blockBytes });
  try {
    for await (const { offset, bytes, isHole } of disk.blocks()) if (!isHole) await raw.writeSparsely(bytes, offset);
    await raw.complete(sizeBytes);
    const dataBytes = await raw.allocatedBytes();
    const image = await exportImage({ disk: raw, format, dataBytes, scratch, qemuImg, signal });
    const convert = roundMs(performance.now() - from);
    try {
      const put = await sendBytes(order, tools, fileBytes(image), await image.sizeBytes());
      return { ...put, contentDigest: disk.digest, durationsMs: { convert, ...put.durationsMs } };
    } finally {
      await image.close();
    }
  } finally {
    await raw.close();
  }
}

async function* fileBytes(file: ScratchFile): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const bytes = await file.read(position, blockBytes);
    if (bytes.length === 0) return;
    position += bytes.length;
    // The file's buffer is used again by the next read.
    yield Buffer.from(bytes);
  }
}

function sendBytes(
  { imageId, signal }: UploadOrder,
  { images, lanes }: UploadTools,
  bytes: AsyncIterable<Buffer>,
  sizeBytes: number,
): Promise<Omit<Sent, 'contentDigest'>> {
  return lanes.use(async (lane) => {
    lane.begin({ algorithm: 'sha512' });
    const from = performance.now();
    let bytesUploaded = 0;
    async function* hashed(): AsyncGenerator<Buffer> {
      for await (const piece of bytes) {
        await lane.update(piece);
        bytesUploaded += piece.length;
        yield piece;
      }
    }
    await images.put(imageId, hashed(), { sizeBytes, signal });
    const digest = await lane.digest();
    return { digest, bytesUploaded, durationsMs: { upload: roundMs(performance.now() - from) } };
  });
}

/** The image is active, and its bytes are not what was sent. */
class DamagedError extends UploadError {
  constructor(detail: string) {
    super({ code: 'image.upload_failed', reason: 'The image service has not stored what was sent.', detail });
  }
}

/** Whether the image service tells the hash of what was sent. Throws `DamagedError` when it tells another one, or another size. */
function requireSame(image: ImageIdentity, digest: string, bytesUploaded: number): boolean {
  if (image.sizeBytes !== bytesUploaded) {
    throw new DamagedError(`${bytesUploaded} bytes were sent, and ${image.sizeBytes} stored`);
  }
  if (image.osHashAlgo?.toLowerCase() !== 'sha512' || !image.osHashValue) return false;
  if (image.osHashValue.toLowerCase() === digest) return true;
  throw new DamagedError(`the sha512 of what was sent is ${digest}, of what was stored ${image.osHashValue}`);
}

function notQueued(status: string): UploadError {
  return uploadFailed(
    'The image takes no bytes any more.',
    `it is ${status}, not queued: an upload before this one may have been broken off`,
  );
}

const told: Readonly<Record<ImageUploadProblem, string>> = {
  'not-found': 'The image is gone.',
  forbidden: 'The service is not allowed to upload to the image.',
  refused: 'The image service did not take the bytes.',
  away: 'The image service does not answer.',
  broken: 'The connection to the image service broke off while the bytes were sent.',
  nonsense: 'The image service does not answer as one does.',
};

function asUploadError(error: unknown): UploadError {
  if (error instanceof UploadError) return error;
  const cause = { cause: error };
  if (error instanceof ImageUploadError) return uploadFailed(told[error.problem], error.message, cause);
  if (error instanceof DriverError) return new UploadError(driverFailure(error, 'read the volume'), cause);
  if (error instanceof FillError) return new UploadError(asOfUpload(error.failure), cause);
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return uploadFailed('The volume could not be uploaded.', detail, cause);
}

/** A conversion speaks of the image that it reads; here that is the volume. */
function asOfUpload({ reason, detail }: Failure): Failure {
  return { code: 'image.upload_failed', reason: 'The volume could not be converted.', detail: detail ?? reason };
}

function withRemains({ failure }: UploadError, remains: unknown): UploadError {
  const why = remains instanceof Error ? remains.message : String(remains);
  const detail = [failure.detail, `its record could not be removed: ${why}`].filter(Boolean).join('; ');
  return new UploadError({ ...failure, detail }, { cause: remains });
}
