// The four shapes of image that fills are measured with.
import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';

/** One image file, and what it is. */
export interface FillImage {
  readonly shape: string;
  readonly file: string;
  readonly diskFormat: 'raw' | 'qcow2';
}

const mib = 1024 * 1024;

export interface FillImagesOptions {
  readonly directory: string;
  /** MiB of data in the full shapes; the sparse raw has a quarter of it. 1,024 for the record. */
  readonly dataMib: number;
  readonly log: (line: string) => void;
}

/** Random data; a sparse disk; a large disk with little on it; and one that is compressed, of data that halves. */
export async function makeFillImages({ directory, dataMib, log }: FillImagesOptions): Promise<readonly FillImage[]> {
  await mkdir(directory, { recursive: true });
  const qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  const file = (name: string) => join(directory, name);
  const convert = (options: readonly string[], from: string, to: string) =>
    runProgram([qemuImg, 'convert', '-f', 'raw', '-O', 'qcow2', ...options, from, to], { timeoutMs: 600_000 });
  log(`images of ${dataMib} MiB of data`);
  await writeDisk(file('random.raw'), { sizeMib: dataMib, dataMib, spreadMib: 1 });
  await writeDisk(file('sparse.raw'), { sizeMib: dataMib, dataMib: dataMib / 4, spreadMib: 4 });
  const large = file('large-disk.raw');
  await writeDisk(large, { sizeMib: 10 * dataMib, dataMib, spreadMib: 10 });
  await convert([], large, file('large.qcow2'));
  const halving = file('halving-disk.raw');
  await writeDisk(halving, { sizeMib: dataMib, dataMib, spreadMib: 1, halves: true });
  await convert(['-c'], halving, file('compressed.qcow2'));
  const gib = (dataMib / 1024).toString();
  return [
    { shape: `raw ${gib} GiB random`, file: file('random.raw'), diskFormat: 'raw' },
    { shape: `raw ${gib} GiB, a quarter data`, file: file('sparse.raw'), diskFormat: 'raw' },
    { shape: `qcow2 ${10 * (dataMib / 1024)} GiB, ${gib} GiB data`, file: file('large.qcow2'), diskFormat: 'qcow2' },
    {
      shape: `compressed qcow2, ${gib} GiB data in ${await sizeMib(file('compressed.qcow2'))} MiB`,
      file: file('compressed.qcow2'),
      diskFormat: 'qcow2',
    },
  ];
}

async function sizeMib(file: string): Promise<number> {
  return Math.round((await stat(file)).size / mib);
}

interface Disk {
  readonly sizeMib: number;
  readonly dataMib: number;
  /** Of every so many MiB one holds data. */
  readonly spreadMib: number;
  /** Data that deflate makes half as long. */
  readonly halves?: boolean;
}

async function writeDisk(path: string, { sizeMib: size, dataMib, spreadMib, halves = false }: Disk): Promise<void> {
  const handle = await open(path, 'w');
  const stream = createCipheriv('aes-128-ctr', randomBytes(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(mib);
  try {
    await handle.truncate(size * mib);
    for (let block = 0; block < dataMib; block++) {
      const data = stream.update(zeros);
      if (halves) for (let at = 0; at < mib; at += 1024) data.fill(data[at] ?? 1, at, at + 512);
      await handle.write(data, 0, mib, block * spreadMib * mib);
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
