import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { requireProgram, runProgram, withFilesystem } from '@hearth/testing/servers';
import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { convertImage } from './convert-image';
import type { StoredFormat } from './qemu-img';
import { isPacked, qemuImgInfo } from './qemu-img-info';
import { ScratchSpace } from './scratch-space';
import { type ConversionHost, asFromVirtualBox, makeDisk, startConversionHost } from './testing/conversion-host';

// Real programs, confined as in production; a few hundred MiB in all.
jest.setTimeout(180_000);

const MiB = 2 ** 20;
const sizeBytes = 80 * MiB;
const { signal } = new AbortController();

let home: TemporaryDirectory;
let host: ConversionHost;
beforeAll(async () => {
  home = await temporaryDirectory('hearth-convert-');
  host = await startConversionHost(home.path, await requireProgram('qemu-img', { debianPackage: 'qemu-utils' }));
});
afterAll(async () => {
  await host?.stop();
  await home?.remove();
});

const disks = {
  sparse: [
    { atBytes: 3 * MiB, lengthBytes: 5 * MiB },
    { atBytes: sizeBytes - 512, lengthBytes: 512 },
  ],
  full: [{ atBytes: 0, lengthBytes: sizeBytes }],
  empty: [],
};

const kinds: readonly (readonly [name: string, format: StoredFormat, options: readonly string[]])[] = [
  ['vmdk', 'vmdk', ['-o', 'subformat=monolithicSparse']],
  ['vmdk, streamOptimized', 'vmdk', ['-o', 'subformat=streamOptimized']],
  ['vhd, dynamic', 'vpc', ['-o', 'subformat=dynamic,force_size']],
  ['vhd, fixed', 'vpc', ['-o', 'subformat=fixed,force_size']],
  ['vhdx, dynamic', 'vhdx', ['-o', 'subformat=dynamic']],
  ['vhdx, fixed', 'vhdx', ['-o', 'subformat=fixed']],
  ['vdi', 'vdi', []],
  ['vdi, static', 'vdi', ['-o', 'static=on']],
];

async function made(disk: keyof typeof disks, format: StoredFormat, options: readonly string[] = []): Promise<string> {
  const raw = await makeDisk(join(host.directory, `${disk}.raw`), sizeBytes, disks[disk]);
  const path = join(host.directory, `${disk}.image`);
  await runProgram([host.program, 'convert', '-f', 'raw', '-O', format, ...options, raw, path]);
  return path;
}

/** Both opinions agree, and the disk is byte for byte what a plain conversion gives. Gives the bytes it takes up. */
async function expectSameAsPlain(path: string, format: StoredFormat, virtualSizeBytes = sizeBytes): Promise<number> {
  const image = await host.store(path);
  const options = { image, format, virtualSizeBytes, qemuImg: host.qemuImg(), signal };
  const info = await qemuImgInfo(options);
  const heard: number[] = [];
  const disk = await convertImage({
    ...{ ...options, isPacked: isPacked(info), scratch: host.scratch },
    onProgress: (done) => heard.push(done),
  });
  try {
    const plain = join(host.directory, 'plain.raw');
    const from =
      format === 'vpc'
        ? ['--image-opts', `driver=vpc,force_size_calc=current_size,file.filename=${path}`]
        : ['-f', format, path];
    await runProgram([host.program, 'convert', ...from, '-O', 'raw', plain]);
    execFileSync('cmp', [disk.path, plain]);
    expect(await disk.sizeBytes()).toBe(virtualSizeBytes);
    expect(heard.at(-1)).toBe(1);
    expect(heard.every((done, at) => done >= (heard[at - 1] ?? 0) && done <= 1)).toBe(true);
    return await disk.allocatedBytes();
  } finally {
    await disk.close();
    await image.close();
  }
}

describe.each(kinds)('%s', (_name, format, options) => {
  test('a disk with holes becomes the same disk, with holes', async () => {
    const allocatedBytes = await expectSameAsPlain(await made('sparse', format, options), format);
    expect(allocatedBytes).toBeGreaterThanOrEqual(5 * MiB);
    expect(allocatedBytes).toBeLessThan(6 * MiB);
  });

  test('a full disk becomes the same disk', async () => {
    expect(await expectSameAsPlain(await made('full', format, options), format)).toBeGreaterThanOrEqual(sizeBytes);
  });

  test('an empty disk takes up nothing', async () => {
    expect(await expectSameAsPlain(await made('empty', format, options), format)).toBe(0);
  });
});

test('a vhd whose geometry is smaller than its disk keeps its last sectors', async () => {
  const path = await made('sparse', 'vpc', ['-o', 'force_size']);
  const foreign = await asFromVirtualBox(path, join(host.directory, 'foreign.vhd'));
  const believed = await runProgram([host.program, 'info', '--output=json', '-f', 'vpc', foreign]);
  expect((JSON.parse(believed) as { 'virtual-size': number })['virtual-size']).toBe(sizeBytes - 130 * 512);
  await expectSameAsPlain(foreign, 'vpc');
});

test('nothing has a name, and all room is given back', async () => {
  await expectSameAsPlain(await made('sparse', 'vmdk'), 'vmdk');
  expect(host.scratch.promisedBytes).toBe(0);
  expect(execFileSync('ls', ['-A', host.scratch.directory], { encoding: 'utf8' })).toBe('');
});

test('the program cannot write to the image', async () => {
  const image = await host.store(await made('empty', 'vmdk'));
  const program = host.standIn(`
    if [ "$1" = measure ]; then exec qemu-img "$@"; fi
    if echo x > /proc/self/fd/3; then exit 7; fi
    if chmod 666 /proc/self/fd/3; then exit 8; fi
    exec qemu-img "$@"`);
  const disk = await convertImage({
    ...{ image, format: 'vmdk', isPacked: false, virtualSizeBytes: sizeBytes, scratch: host.scratch },
    ...{ qemuImg: program, signal },
  });
  expect((await stat(disk.path)).mode & 0o777).toBe(0o600);
  await disk.close();
  await image.close();
});

test('a disk that is nearly all holes needs room for its data only, however large it is and its blocks are', async () => {
  const small = await withFilesystem('xfs', { sizeMib: 320 });
  const path = join(host.directory, 'large.vhdx');
  const virtualSizeBytes = 127 * 2 ** 30;
  await runProgram([host.program, 'create', '-q', '-f', 'vhdx', path, `${virtualSizeBytes}`]);
  await runProgram(['qemu-io', '-f', 'vhdx', '-c', 'write -P 7 100G 3M', path]);
  const image = await host.store(path);
  try {
    const work = { image, format: 'vhdx', isPacked: false, virtualSizeBytes, qemuImg: host.qemuImg(), signal } as const;
    const disk = await convertImage({ ...work, scratch: new ScratchSpace(small.directory) });
    const plain = join(host.directory, 'large.raw');
    await runProgram([host.program, 'convert', '-f', 'vhdx', '-O', 'raw', path, plain]);
    await runProgram([host.program, 'compare', '-f', 'raw', '-F', 'raw', plain, disk.path]);
    await disk.close();
  } finally {
    await image.close();
    await small.stop();
  }
});
