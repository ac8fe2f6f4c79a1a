// One disk as images of every kind that people have.
import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildImage, type Random } from '@hearth/image-format/testing';
import { runProgram } from '@hearth/testing/servers';
import type { DiskFile } from './disk-digest';
import type { ImageToServe } from './image-server';

const mib = 1024 * 1024;

/** An image, and where its disk lies for comparison. */
export interface MadeImage extends Pick<ImageToServe, 'bytes' | 'containerFormat'> {
  readonly kind: string;
  readonly diskFormat: string;
  readonly virtualSizeBytes: number;
  readonly disk: DiskFile;
}

interface Kind {
  readonly diskFormat: string;
  /** Format and options as `qemu-img convert` takes them; what it cannot make has none. */
  readonly made?: readonly [format: string, ...options: string[]];
  readonly isPacked?: boolean;
}

const kinds = {
  raw: { diskFormat: 'raw', made: ['raw'] },
  qcow2: { diskFormat: 'qcow2', made: ['qcow2'] },
  'qcow2 of version 2': { diskFormat: 'qcow2', made: ['qcow2', '-o', 'compat=0.10'] },
  'qcow2, zlib': { diskFormat: 'qcow2', made: ['qcow2', '-c'] },
  'qcow2, zstd': { diskFormat: 'qcow2', made: ['qcow2', '-c', '-o', 'compression_type=zstd'] },
  'qcow2, tables last': { diskFormat: 'qcow2' },
  'vmdk, sparse': { diskFormat: 'vmdk', made: ['vmdk'] },
  'vmdk, streamOptimized': { diskFormat: 'vmdk', made: ['vmdk', '-o', 'subformat=streamOptimized'] },
  'vhd, dynamic': { diskFormat: 'vhd', made: ['vpc', '-o', 'subformat=dynamic'] },
  'vhd, fixed': { diskFormat: 'vhd', made: ['vpc', '-o', 'subformat=fixed'] },
  vhdx: { diskFormat: 'vhdx', made: ['vhdx'] },
  vdi: { diskFormat: 'vdi', made: ['vdi'] },
  'raw in gzip': { diskFormat: 'raw', made: ['raw'], isPacked: true },
  'qcow2 in gzip': { diskFormat: 'qcow2', made: ['qcow2'], isPacked: true },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly KindName[];

/** A disk like a system's: stretches of noise and of text, and empty ones between them. */
export interface SampleDisk {
  readonly file: string;
  readonly sizeBytes: number;
}

/** Writes a sample disk of which so many MiB, about, are not zeros, and a third is empty. Its last MiB holds data. */
export async function makeSampleDisk(file: string, { dataMib, random }: { dataMib: number; random: Random }) {
  const handle = await open(file, 'w');
  let position = 0;
  try {
    for (let written = 0; written < dataMib; written++) {
      const bytes = random.oneIn(3) ? text(random) : random.bytes(mib - random.below(2) * 4096);
      await handle.write(bytes, 0, bytes.length, position);
      position += mib * (random.oneIn(4) ? 3 : 1);
    }
    const sizeBytes = position + mib;
    await handle.write(random.bytes(mib), 0, mib, position);
    await handle.truncate(sizeBytes);
    return { file, sizeBytes };
  } finally {
    await handle.close();
  }
}

function text(random: Random): Buffer {
  const words = Array.from({ length: 64 }, () => random.next().toString(36));
  return Buffer.alloc(mib, words.join(' '));
}

/** The disk as an image of one kind. */
export async function makeImage(name: KindName, disk: SampleDisk, directory: string): Promise<MadeImage> {
  const kind: Kind = kinds[name];
  const file = await bytesOf(kind, disk, join(directory, randomUUID()));
  return {
    kind: name,
    diskFormat: kind.diskFormat,
    virtualSizeBytes: disk.sizeBytes,
    disk: { file: disk.file, format: 'raw' },
    ...(kind.isPacked ? { bytes: gzipSync(file, { level: 1 }), containerFormat: 'compressed' } : { bytes: file }),
  };
}

async function bytesOf({ made }: Kind, disk: SampleDisk, file: string): Promise<Buffer> {
  if (!made) return tablesLast(await readFile(disk.file));
  try {
    await runProgram(['qemu-img', 'convert', '-f', 'raw', '-O', ...made, disk.file, file]);
    return await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Tables behind the data that they map are nothing that `qemu-img convert` makes: changes of an image by a guest do. */
function tablesLast(disk: Buffer): Buffer {
  const clusterBits = 16;
  const clusterBytes = 2 ** clusterBits;
  const clusters = Array.from({ length: Math.ceil(disk.length / clusterBytes) }, (_, at) => ({
    ...{ at, holds: 'data' as const },
    bytes: disk.subarray(at * clusterBytes, (at + 1) * clusterBytes),
  })).filter(({ bytes }) => bytes.some((byte) => byte !== 0));
  return buildImage({ clusterBits, virtualSize: BigInt(disk.length), clusters, tables: 'after-data' });
}
