import type { ObjectWriter } from '@hearth/driver-api';
import { type AcceptedImage, type ConvertibleImage, createInspector, parseDiskFormat } from '@hearth/image-format';
import { convertImage } from './convert/convert-image';
import { isPacked, qemuImgInfo } from './convert/qemu-img-info';
import type { ScratchFile } from './convert/scratch-file';
import { decodeFile } from './decode-file';
import { blockBytes } from './disk/content-digest';
import type { DiskWriter } from './disk/disk-writer';
import { FillError } from './fill-error';
import type { FillWork } from './fill-work';
import { refusedImage } from './image-problems';
import { ignoredBy } from './inspection';
import { gunzip } from './source/gunzip';

/** Beyond the disk itself a file holds tables, and saved states of a machine: a file that unpacks to more is a bomb. */
const fileBytesMax = (virtualSizeBytesMax: number) => 2 * virtualSizeBytesMax + 64 * 2 ** 20;

/** What a packed image holds is not known before: room for it is set aside in such steps. */
const growBytes = 16 * 2 ** 20;

/**
 * Writes an image that has to be stored before it can be read: one that only `qemu-img` understands, or that is packed with gzip
 * (container format `compressed`). It is inspected while it arrives, and nothing else looks at it before it is accepted and proven.
 *
 * @returns the digest of the image's bytes as they were received, and the disk as it was written
 */
export async function writeStoredImage(
  work: FillWork,
): Promise<{ readonly digest: string; readonly disk: Pick<DiskWriter, 'end' | 'bytesWritten'> }> {
  const { image } = work.order;
  const file = await work.tools.scratch.openFile({ reserveBytes: image.sizeBytes, growBytes });
  try {
    const accepted = await store(work, file);
    const digest = await work.proven();
    work.ignoredChecks = ignoredBy(accepted);
    return { digest, disk: await writeFrom(work, file, accepted) };
  } finally {
    await file.close();
  }
}

async function store(work: FillWork, file: ScratchFile): Promise<AcceptedImage> {
  const { image, virtualSizeBytesMax } = work.order;
  const inspector = createInspector({
    declared: parseDiskFormat(image.diskFormat),
    ignoredChecks: work.tools.ignoredChecks,
  });
  const isGzip = image.containerFormat === 'compressed';
  const outputBytesMax = fileBytesMax(virtualSizeBytesMax);
  const chunks = isGzip ? gunzip(work.bytes(), { outputBytesMax }) : work.bytes();
  let position = 0;
  try {
    for await (const chunk of chunks) {
      const verdict = inspector.push(chunk);
      if (verdict?.kind === 'refused') throw refusedImage(verdict);
      await file.writeSparsely(chunk, position);
      position += chunk.length;
    }
    await file.complete(position);
  } catch (error) {
    // Damage may have come on the way: then that is what is said.
    if (isGzip && error instanceof FillError && work.bytesDownloaded === image.sizeBytes) await work.proven();
    throw error;
  }
  const verdict = inspector.end();
  if (verdict.kind === 'refused') throw refusedImage(verdict);
  return verdict;
}

/** The disk is asked for first: whether it fits where it is to go must be known before any more is done for it. */
async function writeFrom(work: FillWork, file: ScratchFile, accepted: AcceptedImage) {
  const disk = await work.openDisk('virtualSizeBytes' in accepted ? accepted.virtualSizeBytes : await file.sizeBytes());
  switch (accepted.format) {
    case 'raw':
    case 'iso':
    case 'luks':
      return takeDisk(work, file, disk);
    case 'qcow2':
      return decodeFile(work, file, disk);
    default:
      return convert(work, file, disk, accepted);
  }
}

/** The inspector's opinion, then that of `qemu-img info`, and only then the conversion, which is told the format. */
async function convert(
  work: FillWork,
  image: ScratchFile,
  disk: DiskWriter,
  { qemuFormat: format, virtualSizeBytes }: ConvertibleImage,
) {
  const { signal } = work.order;
  const { scratch, qemuImg } = work.tools;
  const info = await qemuImgInfo({ image, format, virtualSizeBytes, qemuImg, signal });
  // The disk is gone through twice: each of the two counts as half of it.
  const raw = await convertImage({
    ...{ image, format, virtualSizeBytes, isPacked: isPacked(info), scratch, qemuImg, signal },
    onProgress: (fraction) => work.converted(Math.round((fraction * virtualSizeBytes) / 2)),
  });
  try {
    return await takeDisk(work, raw, disk, (bytes) => work.converted(Math.round((virtualSizeBytes + bytes) / 2)));
  } finally {
    await raw.close();
  }
}

/**
 * Makes a raw file the object's content: by sharing its storage where the backend can, else by copying what is not zeros. Only what
 * the file holds is visited, not its holes.
 *
 * @param tell hears up to where it has got
 */
async function takeDisk(
  work: FillWork,
  file: ScratchFile,
  disk: DiskWriter,
  tell = (bytes: number) => work.converted(bytes),
) {
  const shared = await work.writer?.object.takeFile?.(file.path);
  const target = shared ? work.diskOn(alreadyStored(file), blockBytes) : disk;
  for await (const { offset, length } of file.extents(work.order.signal)) {
    for (let position = offset; position < offset + length;) {
      work.order.signal.throwIfAborted();
      const bytes = await file.read(position, Math.min(blockBytes, offset + length - position));
      await target.write([{ offset: position, bytes }]);
      position += bytes.length;
      tell(position);
    }
  }
  tell(work.virtualSizeBytes);
  return shared ? { end: () => target.end(), bytesWritten: await file.allocatedBytes() } : disk;
}

/** What is written is there already: only the digest of it is wanted. */
function alreadyStored(file: ScratchFile): ObjectWriter {
  return {
    write: async () => undefined,
    read: async (offset, target) => void target.set(await file.read(offset, target.length)),
    finish: async () => undefined,
    abort: async () => undefined,
  };
}
