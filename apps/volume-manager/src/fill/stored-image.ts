import type { ObjectWriter } from '@hearth/driver-api';
import { type AcceptedImage, createInspector, decodeQcow2File, parseDiskFormat } from '@hearth/image-format';
import { convertImage } from './convert/convert-image';
import { storedFormat } from './convert/qemu-img';
import { qemuImgInfo } from './convert/qemu-img-info';
import type { ScratchFile } from './convert/scratch-file';
import { blockBytes } from './disk/content-digest';
import type { DiskWriter } from './disk/disk-writer';
import { FillError } from './fill-error';
import type { FillWork } from './fill-work';
import { refusedImage, undecodable } from './image-problems';
import { ignoredBy } from './inspection';
import { gunzip } from './source/gunzip';

/** Beyond the disk itself a file holds tables, and saved states of a machine: a file that unpacks to more is a bomb. */
const fileBytesMax = (virtualSizeBytesMax: number) => 2 * virtualSizeBytesMax + 64 * 2 ** 20;

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
  const file = await work.tools.scratch.openFile({ reserveBytes: image.sizeBytes });
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
  const isPacked = image.containerFormat === 'compressed';
  const outputBytesMax = fileBytesMax(virtualSizeBytesMax);
  const chunks = isPacked ? gunzip(work.bytes(), { outputBytesMax }) : work.bytes();
  let position = 0;
  try {
    for await (const chunk of chunks) {
      const verdict = inspector.push(chunk);
      if (verdict?.kind === 'refused') throw refusedImage(verdict);
      await file.write(chunk, position);
      position += chunk.length;
    }
  } catch (error) {
    // Damage may have come on the way: then that is what is said.
    if (isPacked && error instanceof FillError && work.bytesDownloaded === image.sizeBytes) await work.proven();
    throw error;
  }
  const verdict = inspector.end();
  if (verdict.kind === 'refused') throw refusedImage(verdict);
  return verdict;
}

async function writeFrom(work: FillWork, file: ScratchFile, accepted: AcceptedImage) {
  switch (accepted.format) {
    case 'raw':
    case 'iso':
    case 'luks':
      return takeDisk(work, file, await file.sizeBytes());
    case 'qcow2':
      return decode(work, file, accepted.virtualSizeBytes);
    default:
      return convert(work, file, accepted);
  }
}

async function decode(work: FillWork, file: ScratchFile, virtualSizeBytes: number): Promise<DiskWriter> {
  const disk = await work.openDisk(virtualSizeBytes);
  const { signal } = work.order;
  const decoded = await decodeQcow2File(await file.asSource(), async (region) => {
    signal.throwIfAborted();
    await disk.write([region]);
  });
  if (decoded.status === 'failed') throw undecodable(decoded.problem);
  return disk;
}

/** The inspector's opinion, then that of `qemu-img info`, and only then the conversion, which is told the format. */
async function convert(
  work: FillWork,
  image: ScratchFile,
  { format: inspected, virtualSizeBytes }: Extract<AcceptedImage, { qemuFormat: string }>,
) {
  const { signal, onStep } = work.order;
  const { scratch, qemuImg } = work.tools;
  const format = storedFormat(inspected);
  if (!format) throw new Error(`no program converts images of the format ${inspected}`);
  await qemuImgInfo({ image, format, virtualSizeBytes, qemuImg, signal });
  const raw = await convertImage({
    ...{ image, format, virtualSizeBytes, scratch, qemuImg, signal },
    onProgress: (fraction) =>
      onStep?.({ phase: 'convert', bytesDone: Math.round(fraction * virtualSizeBytes), bytesTotal: virtualSizeBytes }),
  });
  try {
    return await takeDisk(work, raw, virtualSizeBytes);
  } finally {
    await raw.close();
  }
}

/** Makes a raw file the object's content: by sharing its storage where the backend can, else by copying what is not zeros. */
async function takeDisk(work: FillWork, file: ScratchFile, virtualSizeBytes: number) {
  const disk = await work.openDisk(virtualSizeBytes);
  const shared = await work.writer?.object.takeFile?.(file.path);
  const target = shared ? work.diskOn(alreadyStored(file), blockBytes) : disk;
  for (let position = 0; position < virtualSizeBytes; position += blockBytes) {
    work.order.signal.throwIfAborted();
    const bytes = await file.read(position, Math.min(blockBytes, virtualSizeBytes - position));
    await target.write([{ offset: position, bytes }]);
  }
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
