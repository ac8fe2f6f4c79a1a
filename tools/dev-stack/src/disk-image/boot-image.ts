import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { type BootParts, fetchBootParts } from './boot-packages';
import { type CheckedRegion, makeInitramfs } from './initramfs';
import { modulesInOrder } from './kernel-modules';
import { madeOnce } from './made-once';
import { masterBootRecord } from './partition-table';
import { randomBytes } from './sample-tree';

/** How to make a disk that boots. */
export interface BootImageOptions {
  /** Where it is put as `hearth-boot.<format>`, and found again; made when missing. */
  readonly directory: string;
  /** Where Debian's packages are unpacked and kept. */
  readonly packagesDirectory: string;
  readonly format: 'qcow2' | 'raw';
  /** The size of the disk that a guest sees, unless a volume makes it larger. */
  readonly virtualSizeMib?: number;
  /** How much of the disk is data that does not compress, beside the 12 MiB or so of the system. */
  readonly dataMib?: number;
  readonly log?: (line: string) => void;
}

const mib = 1024 * 1024;
const sectorsPerMib = mib / 512;
const bootPartition = { startMib: 1, lengthMib: 31 };
const payloadStartMib = bootPartition.startMib + bootPartition.lengthMib;
/** As much of the payload as a guest without hardware virtualisation digests in a second. */
const checkedMibMax = 16;
/** Any number; the same one each time, as everything on the disk. */
const diskId = 0x48454152;

/**
 * Makes a disk that a PC boots by itself, once: Debian's kernel and boot loader on a FAT partition, behind it a partition of
 * bytes that do not compress. Its guest prints how large the disk is and whether those bytes are intact, and switches off
 * (`../guest/guest-words.ts`). Needs neither root nor a mount. Equal packages make equal disks.
 * @throws Error when the packages cannot be had, or the data does not fit.
 */
export async function makeBootImage(options: BootImageOptions): Promise<string> {
  const { directory, packagesDirectory, format, virtualSizeMib = 512, dataMib = 300, log = () => undefined } = options;
  if (dataMib < 1 || payloadStartMib + dataMib > virtualSizeMib) {
    throw new Error(
      `${dataMib} MiB of data do not fit on a disk of ${virtualSizeMib} MiB; at least 1, at most ${virtualSizeMib - payloadStartMib}`,
    );
  }
  return madeOnce({ directory, fileName: `hearth-boot.${format}` }, async (work) => {
    const parts = await fetchBootParts({ cacheDir: packagesDirectory, log: (line) => log(`boot image: ${line}`) });
    const disk = join(work, 'disk.raw');
    log(`boot image: making a disk of ${virtualSizeMib} MiB with a kernel, a boot loader and ${dataMib} MiB of data`);
    const region = await writePayload(disk, { virtualSizeMib, dataMib });
    await makeBootPartition(parts, { disk, work, region });
    const finished = format === 'raw' ? disk : await convertToQcow2(disk, join(work, 'disk.qcow2'), log);
    log(`boot image: ready, ${Math.round((await stat(finished)).size / mib)} MiB`);
    return finished;
  });
}

/** The disk with its data, and what is to be found there. */
async function writePayload(
  disk: string,
  { virtualSizeMib, dataMib }: { virtualSizeMib: number; dataMib: number },
): Promise<CheckedRegion> {
  const checkedMib = Math.min(dataMib, checkedMibMax);
  const hash = createHash('sha256');
  await withFile(disk, 'wx', async (file) => {
    await file.truncate(virtualSizeMib * mib);
    let at = payloadStartMib * mib;
    for (const piece of randomBytes('boot payload', dataMib * mib)) {
      if (at < (payloadStartMib + checkedMib) * mib) hash.update(piece);
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
    }
  });
  return { startMib: payloadStartMib, lengthMib: checkedMib, sha256: hash.digest('hex') };
}

const kernelArguments = 'console=ttyS0,115200 panic=-1';
const loaderConfiguration = `SERIAL 0 115200
DEFAULT hearth
PROMPT 0
LABEL hearth
  KERNEL /vmlinuz
  INITRD /initrd.gz
  APPEND ${kernelArguments}
`;

async function makeBootPartition(
  parts: BootParts,
  { disk, work, region }: { disk: string; work: string; region: CheckedRegion },
): Promise<void> {
  const modules = await modulesInOrder(parts.modulesDirectory, ['virtio_pci', 'virtio_blk']);
  const initrd = join(work, 'initrd.gz');
  const configuration = join(work, 'syslinux.cfg');
  await writeFile(initrd, await makeInitramfs({ busybox: parts.busybox, modules, region }));
  await writeFile(configuration, loaderConfiguration);
  const offset = bootPartition.startMib * mib;
  const fat = `${disk}@@${offset}`;
  const hidden = String(bootPartition.startMib * sectorsPerMib);
  const sectors = String(bootPartition.lengthMib * sectorsPerMib);
  const run = toolRunner(parts);
  const geometry = ['-h', '255', '-s', '63', '-H', hidden, '-T', sectors, '-c', '4'];
  await run(['mformat', '-i', fat, ...geometry, '-N', diskId.toString(16), '::']);
  await run(['mcopy', '-i', fat, parts.kernel, '::/vmlinuz']);
  await run(['mcopy', '-i', fat, initrd, configuration, '::/']);
  await run([parts.syslinux, '--install', '--offset', String(offset), disk]);
  await writeFirstSector(disk, await readFile(parts.bootCode), region);
}

/** mtools and what calls them, with a clock that stands still where they ask for one. */
function toolRunner({ mtoolsDirectory }: BootParts) {
  const path = `PATH=${mtoolsDirectory}:/usr/sbin:/usr/bin:/sbin:/bin`;
  const fixed = ['TZ=UTC', 'LC_ALL=C', 'SOURCE_DATE_EPOCH=1577836800', 'MTOOLSRC=/dev/null'];
  return (argv: readonly string[]) => runProgram(['/usr/bin/env', path, ...fixed, ...argv]);
}

async function writeFirstSector(disk: string, bootCode: Buffer, { startMib }: CheckedRegion): Promise<void> {
  await withFile(disk, 'r+', async (file) => {
    const payloadMib = (await file.stat()).size / mib - startMib;
    const place = (start: number, length: number) => ({
      startSector: start * sectorsPerMib,
      sectors: length * sectorsPerMib,
    });
    const boot = { ...place(bootPartition.startMib, bootPartition.lengthMib), type: 0x0e, isActive: true };
    const payload = { ...place(startMib, payloadMib), type: 0xda };
    await file.write(masterBootRecord({ bootCode, diskId, partitions: [boot, payload] }), 0, 512, 0);
  });
}

async function withFile(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

async function convertToQcow2(raw: string, target: string, log: (line: string) => void): Promise<string> {
  const qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils', log });
  await runProgram([qemuImg, 'convert', '-f', 'raw', '-O', 'qcow2', raw, target]);
  return target;
}
