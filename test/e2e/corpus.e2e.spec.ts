// Every image of the corpora, good and bad, through a real Glance and the real apps: a volume with the image's bytes, or none and why.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Random } from '@hearth/image-format/testing';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, ProgramFailed, runProgram, withFilesystem } from '@hearth/testing/servers';
import { ApiRefusal } from '../../tools/dev-stack/src/demo/volume-api';
import { findVolumeFile } from '../../tools/dev-stack/src/demo/volume-file';
import { type Glance, startGlance } from '../real/glance';
import { type CorpusCase, corpusCases, imagesThatPointAt, isTakenByGlance } from './corpus-cases';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { digestOfDisk } from './disk-digest';
import { kindNames, makeImage, makeSampleDisk } from './image-kinds';
import { ImageServer } from './image-server';
import { filesBelow, usersOf } from './leftovers';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(300_000);

const mib = 1024 * 1024;
const atOnce = 12;
/** A volume is as large as its image needs, up to here. */
const sizeGibMax = 64;

let directory: TemporaryDirectory;
let filesystem: MountedFilesystem;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-corpus-');
  filesystem = await withFilesystem('ext4', { sizeMib: 8 * 1024 });
});

afterAll(async () => {
  await filesystem?.stop();
  await directory?.remove();
});

/** A stack whose host keeps everything on the file system of this test, in a folder of that name. */
async function startStack(imageServiceUrl: string, name: string) {
  const scratch = join(filesystem.directory, name, 'scratch');
  const backendDirectory = join(filesystem.directory, name, 'backends');
  await mkdir(backendDirectory, { recursive: true });
  const envOf = { 'volume-manager': { HEARTH_SCRATCH_DIRECTORY: scratch, HEARTH_FILLS_AT_ONCE_MAX: '12' } };
  const stack = await startTestStack({ imageServiceUrl, backendDirectory, envOf });
  return { stack, scratch };
}

type Offer = (image: CorpusCase) => Promise<string> | string;

/** What became of an image: the digest of the volume's disk, or why there is none. */
async function outcomeOf({ stack }: { readonly stack: TestStack }, imageRef: string, size = 1): Promise<string> {
  let id: string;
  try {
    ({ id } = await stack.api.create({ size, imageRef }));
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 400)) throw error;
    const [, neededGib = Infinity] = /virtual size is (\d+)GB and doesn't fit/.exec(error.body) ?? [];
    if (size < Number(neededGib) && Number(neededGib) <= sizeGibMax)
      return outcomeOf({ stack }, imageRef, Number(neededGib));
    return `refused: ${error.body}`;
  }
  const { event } = await stack.watch.untilEnd(id, 120_000);
  const { status } = await stack.api.settled(id);
  if (event.type === 'VolumeProvisioned') {
    expect(status).toBe('available');
    return digestOfDisk(await findVolumeFile(stack.backendDirectory, id), directory.path);
  }
  const { failure } = await stack.api.explain(id);
  return `${status}: ${failure?.code} ${failure?.reason}`;
}

async function digestOfImage(bytes: Buffer, format: string): Promise<string> {
  const file = join(directory.path, randomUUID());
  await writeFile(file, bytes);
  return digestOfDisk({ file, format }, directory.path).finally(() => rm(file));
}

/** The images of which something else became than has to; several at once. */
async function surprises(under: { readonly stack: TestStack }, images: readonly CorpusCase[], offer: Offer) {
  // Glance's SQLite database takes one writer at a time, and no readers meanwhile.
  const offered: (readonly [image: CorpusCase, id: string])[] = [];
  for (const image of images) offered.push([image, await offer(image)]);
  const found: { readonly name: string; readonly expected: string; readonly outcome: string }[] = [];
  const work = async () => {
    for (let next = offered.shift(); next; next = offered.shift()) {
      const [{ name, bytes, expected }, id] = next;
      const outcome = await outcomeOf(under, id);
      const wanted =
        'disk' in expected ? await digestOfImage(expected.bytes ?? bytes, expected.disk) : expected.failure;
      const isRight = typeof wanted === 'string' ? outcome === wanted : wanted.test(outcome);
      if (!isRight) found.push({ name, expected: String(wanted), outcome });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

/** Objects that the log knows, and not a byte besides. */
async function nothingElseIsLeft({ stack, scratch }: { readonly stack: TestStack; readonly scratch: string }) {
  await eventually(
    async () => {
      const [disk, log] = await Promise.all([objectsOnDisk(stack.backendDirectory), objectsOfLog(stack)]);
      return disk.join() === log.join();
    },
    { timeoutMs: 60_000, intervalMs: 250, what: 'the disk holding what the log says' },
  );
  await eventually(async () => (await usersOf(scratch)).length === 0, { what: 'nobody using the scratch folder' });
  expect(await filesBelow(scratch)).toEqual([]);
}

describe('images of a real Glance', () => {
  let glance: Glance;
  let under: Awaited<ReturnType<typeof startStack>>;

  beforeAll(async () => {
    glance = await startGlance({ directory: join(directory.path, 'glance') });
    under = await startStack(glance.url, 'glance');
  });

  afterAll(async () => {
    await under?.stack.stop();
    await glance?.stop();
  });

  const upload: Offer = async ({ name, diskFormat, containerFormat, bytes }) =>
    (await glance.images.create({ name, diskFormat, containerFormat, data: { bytes } })).id;

  test('P3: of the corpora become volumes with the bytes that qemu-img reads, or none, for the check that they fail', async () => {
    expect(await surprises(under, corpusCases().filter(isTakenByGlance), upload)).toEqual([]);
    await nothingElseIsLeft(under);
  });

  test('P3: of every kind that qemu-img makes become volumes with its bytes', async () => {
    const disk = await makeSampleDisk(join(directory.path, 'sample.raw'), { dataMib: 12, random: new Random(3) });
    const bytes = await readFile(disk.file);
    const images = await Promise.all(kindNames.map((kind) => makeImage(kind, disk, directory.path)));
    const cases = images.map((image) => ({ ...image, name: image.kind, expected: { disk: 'raw', bytes } }));
    expect(await surprises(under, cases, upload)).toEqual([]);
    await nothingElseIsLeft(under);
  });

  test('P3 · J.14: that point at a file of the host make no volume, and nobody opens the file', async () => {
    const secret = `secret-${randomUUID()}`;
    const canary = join(filesystem.directory, 'canary');
    await writeFile(canary, secret.repeat(10_000), { mode: 0o644 });
    await utimes(canary, new Date(0), new Date());
    expect(await surprises(under, imagesThatPointAt(canary), upload)).toEqual([]);
    await nothingElseIsLeft(under);
    expect((await stat(canary)).atimeMs).toBe(0);
    expect(await filesWith(secret, under.stack.backendDirectory)).toEqual([]);
    // The means by which this was seen do see it.
    const copied = {
      name: 'the secret itself',
      diskFormat: 'raw',
      bytes: await readFile(canary),
      expected: { disk: 'raw' },
    };
    expect((await stat(canary)).atimeMs).toBeGreaterThan(0);
    expect(await surprises(under, [copied], upload)).toEqual([]);
    expect(await filesWith(secret, under.stack.backendDirectory)).not.toEqual([]);
  });
});

describe('images of a server that does not keep to the rules', () => {
  let images: ImageServer;
  let under: Awaited<ReturnType<typeof startStack>>;

  beforeAll(async () => {
    images = await ImageServer.start();
    under = await startStack(images.url, 'flawed');
  });

  afterAll(async () => {
    await under?.stack.stop();
    await images?.stop();
  });

  const offer: Offer = (image) => images.add(image);

  test('P3: of the corpora, at which Glance fails or whose formats it does not have, are read or refused all the same', async () => {
    const cases = corpusCases().filter((image) => !isTakenByGlance(image));
    expect(cases.length).toBeGreaterThan(0);
    expect(await surprises(under, cases, offer)).toEqual([]);
    await nothingElseIsLeft(under);
  });

  test('that lie about their bytes make no volume, and say why', async () => {
    const bytes = Buffer.alloc(4 * mib, 'bytes');
    const packed = { bytes: gzipSync(bytes), containerFormat: 'compressed', diskFormat: 'raw' } as const;
    const raw = { bytes, diskFormat: 'raw' } as const;
    const damaged = Buffer.from(packed.bytes);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 8) ^ 1, damaged.length - 8);
    const cases: CorpusCase[] = [
      { name: 'a wrong hash', ...raw, flaw: { kind: 'wrong-hash' }, expected: { failure: /hash_mismatch/ } },
      { name: 'a wrong hash in gzip', ...packed, flaw: { kind: 'wrong-hash' }, expected: { failure: /hash_mismatch/ } },
      {
        name: 'fewer bytes',
        ...raw,
        flaw: { kind: 'wrong-length', lengthBytes: mib },
        expected: { failure: /1048576 bytes/ },
      },
      { name: 'no bytes', ...raw, flaw: { kind: 'wrong-length', lengthBytes: 0 }, expected: { failure: / 0 bytes/ } },
      { name: 'no content', ...raw, flaw: { kind: 'answers-204' }, expected: { failure: /has no data/ } },
      { name: 'a gzip bomb', ...packed, bytes: gzipBomb(), expected: { failure: /too_big/ } },
      {
        name: 'a gzip bomb of a qcow2 image',
        ...packed,
        diskFormat: 'qcow2',
        bytes: gzipBomb(),
        expected: { failure: /format-mismatch/ },
      },
      { name: 'damaged gzip', ...packed, bytes: damaged, expected: { failure: /gzip/ } },
      { name: 'half a gzip file', ...packed, bytes: packed.bytes.subarray(0, 2000), expected: { failure: /gzip/ } },
      { name: 'no gzip at all', ...packed, bytes, expected: { failure: /gzip/ } },
    ];
    expect(await surprises(under, cases, offer)).toEqual([]);
    await nothingElseIsLeft(under);
  });
});

/** 4 MiB that unpack to 4 GiB. */
function gzipBomb(): Buffer {
  const member = gzipSync(Buffer.alloc(64 * mib));
  return Buffer.concat(Array.from({ length: 64 }, () => member));
}

/** The files below a folder that hold a text. */
async function filesWith(text: string, folder: string): Promise<string[]> {
  const found = await runProgram(['grep', '-rlF', '--', text, folder]).catch((error: unknown) => {
    if (error instanceof ProgramFailed && error.code === 1) return '';
    throw error;
  });
  return found.split('\n').filter((line) => line !== '');
}
