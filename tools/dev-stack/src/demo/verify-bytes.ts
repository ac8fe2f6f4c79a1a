// Whether a volume holds the image: what qemu-img makes of the image, and the volume's file, hashed and compared.
import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { findVolumeFile, type VolumeFile } from './volume-file';

export interface ImageFile {
  readonly file: string;
  readonly diskFormat: string;
}

const algorithm = 'blake2b512';
const chunkBytes = 1024 * 1024;
const gib = 1024 ** 3;

/** Digests of volumes of one size against the digest of an image, in a folder of their own that is removed. */
export async function verifyVolumes(options: {
  readonly image: ImageFile;
  readonly sizeGib: number;
  readonly volumeIds: readonly string[];
  /** Folders of the hosts below it. */
  readonly backendDirectory: string;
  readonly scratchParent: string;
}): Promise<string> {
  const { image, sizeGib, volumeIds, backendDirectory, scratchParent } = options;
  const scratch = await mkdtemp(join(scratchParent, 'verify-'));
  try {
    const raw = join(scratch, 'image.raw');
    await convert(image.file, image.diskFormat, raw);
    const expected = await digestOf(raw, sizeGib * gib);
    for (const volumeId of volumeIds) {
      const digest = await digestOfVolume(await findVolumeFile(backendDirectory, volumeId), scratch, sizeGib * gib);
      if (digest !== expected) {
        throw new Error(
          `volume ${volumeId} does not hold the image's bytes: ${algorithm} ${digest} instead of ${expected}`,
        );
      }
    }
    return `${algorithm}:${expected}`;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function digestOfVolume({ file, format }: VolumeFile, scratch: string, sizeBytes: number): Promise<string> {
  if (format === 'raw') return digestOf(file, sizeBytes);
  const raw = join(scratch, 'volume.raw');
  await convert(file, format, raw);
  return digestOf(raw, sizeBytes);
}

async function convert(from: string, format: string, to: string): Promise<void> {
  const qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  await runProgram([qemuImg, 'convert', '-f', format, '-O', 'raw', from, to]);
}

/** The digest of a file as if it went on with zeros up to the given size. Throws when it is larger. */
async function digestOf(file: string, sizeBytes: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > sizeBytes) throw new Error(`${file} has ${size} bytes, more than the ${sizeBytes} of the volume`);
    const hash = createHash(algorithm);
    const chunk = Buffer.alloc(chunkBytes);
    for (let at = 0; at < sizeBytes;) {
      const { bytesRead } = await handle.read(chunk, 0, Math.min(chunkBytes, sizeBytes - at), at);
      const length = bytesRead || Math.min(chunkBytes, sizeBytes - at);
      if (bytesRead === 0) chunk.fill(0, 0, length);
      hash.update(chunk.subarray(0, length));
      at += length;
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}
