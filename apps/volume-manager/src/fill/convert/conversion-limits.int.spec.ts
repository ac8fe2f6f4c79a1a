import { type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, requireProgram, runProgram, withFilesystem } from '@hearth/testing/servers';
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { convertImage } from './convert-image';
import type { ConversionLimits } from './conversion-limits';
import type { QemuImg } from './qemu-img';
import { qemuImgInfo } from './qemu-img-info';
import type { ScratchFile } from './scratch-file';
import { ScratchSpace } from './scratch-space';
import { type ConversionHost, makeDisk, startConversionHost, storeImage } from './testing/conversion-host';
import { processesWith } from './testing/processes';

jest.setTimeout(120_000);

const MiB = 2 ** 20;
const sizeBytes = 64 * MiB;
const { signal } = new AbortController();

let home: TemporaryDirectory;
let host: ConversionHost;
let image: ScratchFile;
beforeAll(async () => {
  home = await temporaryDirectory('hearth-convert-');
  host = await startConversionHost(home.path, await requireProgram('qemu-img', { debianPackage: 'qemu-utils' }));
  const raw = await makeDisk(join(host.directory, 'disk.raw'), sizeBytes, [{ atBytes: MiB, lengthBytes: 40 * MiB }]);
  const path = join(host.directory, 'disk.vmdk');
  await runProgram([host.program, 'convert', '-f', 'raw', '-O', 'vmdk', raw, path]);
  image = await host.store(path);
  await runProgram([host.program, 'create', '-q', '-f', 'vmdk', join(host.directory, 'small.vmdk'), `${sizeBytes}`]);
});
afterAll(async () => {
  await image?.close();
  await host?.stop();
  await home?.remove();
});

const convert = (qemuImg: QemuImg, more: { scratch?: ScratchSpace; signal?: AbortSignal } = {}) =>
  convertImage({
    ...{ image, format: 'vmdk', isPacked: false, virtualSizeBytes: sizeBytes, scratch: host.scratch, qemuImg, signal },
    ...more,
  });

/** Measures as the real program does, and converts as it is told. */
const converting = (script: string, limits?: Partial<ConversionLimits>) =>
  host.standIn(`if [ "$1" = measure ]; then exec qemu-img "$@"; fi; ${script}`, limits);

const looking = (qemuImg: QemuImg) =>
  qemuImgInfo({ image, format: 'vmdk', virtualSizeBytes: sizeBytes, qemuImg, signal });

afterEach(() => {
  expect(host.scratch.promisedBytes).toBe(0);
});

describe('J.l: each way to fail has its name', () => {
  const tooMuchTime = { cpuSeconds: 1, cpuSecondsPerGib: 0 };

  test('processor time', async () => {
    const hog = 'while :; do :; done';
    await expect(convert(converting(hog, tooMuchTime))).rejects.toMatchObject({
      problem: 'cpu-limit',
      failure: { code: 'image.unacceptable' },
    });
    await expect(looking(host.standIn(hog, tooMuchTime))).rejects.toMatchObject({ problem: 'cpu-limit' });
  });

  test('memory', async () => {
    const little = { addressSpaceBytes: 8 * MiB };
    const hog = `perl -e 'my $x = "x" x 2**29'`;
    await expect(convert(converting(hog, { addressSpaceBytes: 256 * MiB }))).rejects.toMatchObject({
      problem: 'memory-limit',
      failure: { code: 'image.unacceptable' },
    });
    await expect(looking(host.qemuImg(little))).rejects.toMatchObject({ problem: 'memory-limit' });
  });

  test('bytes written', async () => {
    const flood = 'dd if=/dev/zero of=/proc/self/fd/4 bs=1M count=100 conv=notrunc 2>/dev/null';
    await expect(convert(converting(`exec ${flood}`))).rejects.toMatchObject({
      problem: 'output-limit',
      failure: { code: 'image.unacceptable' },
    });
  });

  test('more data than the image can hold, though no byte of it is beyond the end', async () => {
    const flood = 'exec dd if=/dev/urandom of=/proc/self/fd/4 bs=1M count=64 conv=notrunc 2>/dev/null';
    const small = await host.store(join(host.directory, 'small.vmdk'));
    const { scratch } = host;
    try {
      const work = {
        image: small,
        format: 'vmdk',
        isPacked: false,
        virtualSizeBytes: sizeBytes,
        scratch,
        signal,
      } as const;
      await expect(convertImage({ ...work, qemuImg: converting(flood) })).rejects.toMatchObject({
        problem: 'output-limit',
        failure: { code: 'image.unacceptable', detail: expect.stringContaining('bytes of data') },
      });
    } finally {
      await small.close();
    }
  });

  test('blocks that all lie on one: the work ends long before the disk is full of them', async () => {
    const gib = 2 ** 30;
    const path = join(host.directory, 'one-block.vdi');
    await runProgram([host.program, 'create', '-q', '-f', 'vdi', path, '4G']);
    await runProgram(['qemu-io', '-f', 'vdi', '-c', 'write -P 90 0 1M', path]);
    const vdi = await readFile(path);
    const [tableAt, blocks] = [vdi.readUInt32LE(0x154), vdi.readUInt32LE(0x180)];
    const laid = await storeImage(vdi.fill(0, tableAt, tableAt + 4 * blocks), host.scratch.directory);
    let most = 0;
    try {
      const watched = converting('exec qemu-img "$@"');
      const work = {
        image: laid,
        format: 'vdi',
        isPacked: false,
        virtualSizeBytes: 4 * gib,
        scratch: host.scratch,
      } as const;
      const working = convertImage({ ...work, qemuImg: watched, signal, onProgress: (done) => (most = done) });
      await expect(working).rejects.toMatchObject({ problem: 'output-limit' });
      expect(most).toBeLessThan(0.9);
    } finally {
      await laid.close();
    }
  });

  test('a file that was made shorter', async () => {
    await expect(convert(converting('truncate -s 1M /proc/self/fd/4'))).rejects.toMatchObject({
      problem: 'output-limit',
    });
  });

  test('no progress', async () => {
    await expect(convert(converting('sleep 300', { stallMs: 200 }))).rejects.toMatchObject({
      problem: 'stalled',
      failure: { code: 'image.copy_failed' },
    });
  });

  test('progress without end', async () => {
    const busy = 'i=1; while :; do i=$((i + 1)); echo "($((i % 90)).$i/100%)"; sleep 0.02; done';
    await expect(convert(converting(busy, { stallMs: 400, totalMs: 1_500 }))).rejects.toMatchObject({
      problem: 'too-long',
      failure: { code: 'image.copy_failed' },
    });
    await expect(looking(host.standIn('sleep 300', { lookMs: 100 }))).rejects.toMatchObject({ problem: 'too-long' });
  });

  test('I.26: bytes that arrive count as progress', async () => {
    const silent = `for i in 1 2 3 4 5 6 7 8; do
      dd if=/dev/urandom of=/proc/self/fd/4 bs=1M count=1 seek=$i conv=notrunc,fsync 2>/dev/null; sleep 0.2; done`;
    const disk = await convert(converting(silent, { stallMs: 800 }));
    await disk.close();
  });

  test('a program that is not there', async () => {
    const absent: QemuImg = { ...host.qemuImg(), program: ['no-such-qemu-img'] };
    await expect(looking(absent)).rejects.toMatchObject({
      problem: 'not-installed',
      failure: { code: 'image.copy_failed', detail: expect.stringContaining('no-such-qemu-img') },
    });
  });

  test('a program that is killed by somebody else', async () => {
    await expect(looking(host.standIn('kill -KILL $$'))).rejects.toMatchObject({
      problem: 'killed',
      failure: { code: 'image.copy_failed' },
    });
  });

  test('a program that crashes', async () => {
    await expect(looking(host.standIn('kill -SEGV $$'))).rejects.toMatchObject({
      problem: 'crashed',
      failure: { code: 'image.unacceptable' },
    });
  });

  test('a host without threads to give', async () => {
    const starved = 'echo "qemu: qemu_thread_create: Resource temporarily unavailable" >&2; kill -ABRT $$';
    await expect(looking(host.standIn(starved))).rejects.toMatchObject({
      problem: 'starved',
      failure: { code: 'image.copy_failed' },
    });
  });

  test('an exit code, whose last words are for the operator', async () => {
    const dying = host.standIn(`echo first >&2; printf 'last \\033[31mwords\\n' >&2; exit 3`);
    await expect(looking(dying)).rejects.toMatchObject({
      problem: 'exit-code',
      failure: {
        code: 'image.unacceptable',
        reason: 'The image cannot be converted.',
        detail: 'exit-code: sh: exit code 3: last  [31mwords',
      },
    });
  });

  test.each([
    ['no JSON', 'echo "{"', 'garbage'],
    ['JSON of another kind', `echo '{"virtual-size": "big"}'`, 'garbage'],
    ['words without end', 'while :; do echo "and on and on and on and on and on and on"; done', 'talkative'],
  ])('an answer that is %s', async (_what, script, problem) => {
    await expect(looking(host.standIn(script))).rejects.toMatchObject({
      problem,
      failure: { code: 'image.unacceptable' },
    });
  });

  test('a measure that makes no sense', async () => {
    await expect(convert(host.standIn('echo "[]"'))).rejects.toMatchObject({ problem: 'garbage' });
  });

  test('being called off', async () => {
    const word = `31.${process.pid}`;
    const stop = new AbortController();
    const running = convert(converting(`sleep 3${word}`), { signal: stop.signal });
    running.catch(() => undefined);
    await eventually(() => processesWith(`3${word}`).length > 0);
    const reason = new Error('the volume was deleted');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    await eventually(() => processesWith(word).length === 0);
  });
});

describe('a scratch directory without room', () => {
  let small: MountedFilesystem;
  beforeAll(async () => {
    small = await withFilesystem('ext4', { sizeMib: 32 });
  });
  afterAll(async () => {
    await small?.stop();
  });

  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(small.directory);
    return bavail * bsize;
  };

  test('is noticed before anything is written, with the bytes that are missing', async () => {
    const before = await freeBytes();
    const missing = 40 * MiB - before;
    await expect(convert(host.qemuImg(), { scratch: new ScratchSpace(small.directory) })).rejects.toMatchObject({
      failure: {
        code: 'image.too_big',
        reason: expect.stringContaining(`${Math.ceil(missing / MiB)} MiB are missing`),
        detail: `${small.directory}: ${missing} bytes are missing`,
      },
    });
    expect(await freeBytes()).toBe(before);
  });

  test('when somebody else took the room meanwhile: the same, and nothing is left', async () => {
    const before = await freeBytes();
    const deceived = new ScratchSpace(small.directory, () => Promise.resolve(2 ** 40));
    const failed = await convert(host.qemuImg(), { scratch: deceived }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ failure: { code: 'image.too_big' } });
    const [, missing] = /(\d+) bytes are missing$/.exec((failed as Error).message) ?? [];
    // The file system takes some blocks for its own tables.
    expect(Math.abs(Number(missing) - (40 * MiB - before))).toBeLessThan(2 * MiB);
    expect(await freeBytes()).toBe(before);
    expect(deceived.promisedBytes).toBe(0);
  });

  test('when a stored image does not fit: the same', async () => {
    const before = await freeBytes();
    const deceived = new ScratchSpace(small.directory, () => Promise.resolve(2 ** 40));
    const file = await deceived.openFile({ reserveBytes: 50 * MiB });
    const block = Buffer.alloc(MiB, 1);
    const storing = (async () => {
      for (let at = 0; at < 50 * MiB; at += MiB) await file.write(block, at);
    })();
    const failed = await storing.catch((error: unknown) => error);
    expect(failed).toMatchObject({ failure: { code: 'image.too_big' } });
    const [, missing] = /(\d+) bytes are missing$/.exec((failed as Error).message) ?? [];
    expect(Math.abs(Number(missing) - (50 * MiB - before))).toBeLessThan(2 * MiB);
    await file.close();
    expect(await freeBytes()).toBe(before);
  });
});
