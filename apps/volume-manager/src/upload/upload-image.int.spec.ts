import { gibToBytes } from '@hearth/kernel';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { requireProgram } from '@hearth/testing/servers';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HashLanes } from '../fill/hash/hash-lanes';
import { BlockThreads } from '../fill/disk/block-threads';
import { type ConversionHost, startConversionHost } from '../fill/convert/testing/conversion-host';
import { exportFormats } from '../fill/convert/export-image';
import { MemoryBackend } from '../testing/memory.backend';
import { UploadShelf } from '../testing/upload-shelf';
import { type UploadTools, uploadImage } from './upload-image';
import { UploadError } from './upload-error';

const run = promisify(execFile);
const MiB = 2 ** 20;
const GiB = gibToBytes(1);
const object = { pool: 'here', name: 'volume-source' };
/** Noise at the beginning, over the seam of two blocks, and at the very end. */
const parts = [
  { at: 0, bytes: randomBytes(3 * MiB) },
  { at: 500 * MiB - 100, bytes: randomBytes(200) },
  { at: GiB - 4_096, bytes: randomBytes(4_096) },
];

let home: TemporaryDirectory;
let program: string;
let host: ConversionHost;
const lanes = new HashLanes();
const threads = new BlockThreads();
let images: UploadShelf;
let backend: MemoryBackend;
let tools: UploadTools;

beforeAll(async () => {
  home = await temporaryDirectory('upload-image');
  program = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  host = await startConversionHost(home.path, program);
});
afterAll(async () => {
  await host.stop();
  await Promise.all([lanes.close(), threads.close()]);
  await home.remove();
});
beforeEach(async () => {
  images = new UploadShelf();
  backend = new MemoryBackend();
  tools = { images, lanes, threads, scratch: host.scratch, qemuImg: host.qemuImg(), savingWaitsMs: [1, 1] };
  const writer = await backend.open().openWriter(object, 1);
  for (const { at, bytes } of parts) await writer.write(at, bytes);
  await writer.finish();
});

const alive = new AbortController().signal;
const upload = (imageId: string, diskFormat = 'raw', more: Partial<Parameters<typeof uploadImage>[0]> = {}) =>
  uploadImage(
    {
      ...{ imageId, diskFormat, containerFormat: 'bare', signal: alive },
      open: () => backend.open().openReader(object),
      ...more,
    },
    tools,
  );
const failureOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof UploadError ? error.failure : error),
  );

function expectDisk(bytes: Buffer): void {
  expect(bytes).toHaveLength(GiB);
  for (const { at, bytes: noise } of parts) expect(bytes.subarray(at, at + noise.length).equals(noise)).toBe(true);
  const expected = Buffer.alloc(GiB);
  for (const { at, bytes: noise } of parts) noise.copy(expected, at);
  expect(bytes.equals(expected)).toBe(true);
}

describe('a disk', () => {
  test('as it is: every byte, holes as zeros, its hash compared, and its content digested', async () => {
    const { id } = images.queue();
    const { image, bytesUploaded, sent } = await upload(id);
    const stored = images.records.get(id)!.bytes!;
    expectDisk(stored);
    const sha512 = createHash('sha512').update(stored).digest('hex');
    expect(bytesUploaded).toBe(GiB);
    expect(image).toMatchObject({ id, osHashValue: sha512 });
    expect(sent).toMatchObject({ digest: `sha512:${sha512}`, verified: true });
    expect(sent!.contentDigest).toMatch(/^sha256-1m:[0-9a-f]{64}$/);
  }, 60_000);

  test.each(exportFormats)(
    'as %s, which qemu-img reads back as the same disk',
    async (format) => {
      const { id } = images.queue({ diskFormat: format });
      const { sent, bytesUploaded } = await upload(id, format);
      const stored = images.records.get(id)!.bytes!;
      expect(bytesUploaded).toBe(stored.length);
      expect(stored.length).toBeLessThan(64 * MiB);
      expect(sent).toMatchObject({ verified: true });
      const file = join(home.path, `${format}.image`);
      await writeFile(file, stored);
      const name = format === 'vhd' ? 'vpc' : format;
      const source = `driver=${name},file.driver=file,file.filename=${file}${name === 'vpc' ? ',force_size_calc=current_size' : ''}`;
      await run(program, ['convert', '--image-opts', source, '-O', 'raw', `${file}.raw`]);
      expectDisk(await readFile(`${file}.raw`));
      expect(await readdir(host.scratch.directory)).toEqual([]);
      expect(host.scratch.promisedBytes).toBe(0);
    },
    60_000,
  );

  test('has the same content digest in whatever format it is sent', async () => {
    const digests = [];
    for (const format of ['raw', 'qcow2']) digests.push((await upload(images.queue().id, format)).sent!.contentDigest);
    expect(digests[0]).toBe(digests[1]);
  }, 60_000);
});

describe('an image', () => {
  test('that has its bytes already is left as it is: a process before us has sent them', async () => {
    const { id } = images.queue();
    images.store(id, Buffer.from('the bytes'));
    expect(await upload(id)).toMatchObject({ bytesUploaded: 9, sent: undefined });
    expect(images.puts).toEqual([]);
  });

  test('that is gone is a failure', async () => {
    expect(await failureOf(upload('30000000-0000-4000-8000-000000000099'))).toMatchObject({
      ...{ code: 'image.upload_failed', reason: 'The image is gone.' },
    });
  });

  test('that still takes the bytes of an upload which broke off is waited for, and then withdrawn', async () => {
    const { id } = images.queue();
    images.records.get(id)!.status = 'saving';
    expect(await failureOf(upload(id))).toMatchObject({ code: 'image.upload_failed' });
    expect(images.records.has(id)).toBe(false);
  });

  test.each([
    ['ploop', 'bare', 'disk format ploop'],
    ['raw', 'compressed', 'container format compressed'],
  ])('of the formats %s and %s is refused with a reason, and withdrawn', async (diskFormat, containerFormat, said) => {
    const { id } = images.queue();
    expect(await failureOf(upload(id, diskFormat, { containerFormat }))).toMatchObject({
      ...{ code: 'image.upload_failed', reason: expect.stringContaining(said) },
    });
    expect(images.records.has(id)).toBe(false);
    expect(images.puts).toEqual([]);
  });

  test.each([
    ['broken', 'broke off'],
    ['refused', 'did not take'],
    ['away', 'does not answer'],
  ] as const)('whose bytes are %s in the middle is withdrawn', async (problem, said) => {
    const { id } = images.queue();
    images.fail(problem);
    expect(await failureOf(upload(id))).toMatchObject({
      ...{ code: 'image.upload_failed', reason: expect.stringContaining(said), detail: `the test wants ${problem}` },
    });
    expect(images.records.has(id)).toBe(false);
  });

  test.each([
    ['other bytes', (bytes: Buffer) => (bytes.set([bytes[5]! ^ 1], 5), bytes), 'sha512'],
    ['fewer bytes', (bytes: Buffer) => bytes.subarray(1), 'bytes were sent'],
  ])(
    'that holds %s than were sent is a failure, and nobody gets them',
    async (_, damage, said) => {
      const { id } = images.queue();
      images.damage = damage;
      expect(await failureOf(upload(id, 'qcow2'))).toMatchObject({
        ...{ code: 'image.upload_failed', detail: expect.stringContaining(said) },
      });
      expect(images.records.has(id)).toBe(false);
    },
    60_000,
  );

  test('whose volume cannot be read is withdrawn, and the failure is the backend’s', async () => {
    const { id } = images.queue();
    backend.objects.delete(object.name);
    expect(await failureOf(upload(id))).toMatchObject({ code: 'backend.object_missing' });
    expect(images.records.has(id)).toBe(false);
  });
});

test('a process that ends leaves the record for its successor', async () => {
  const { id } = images.queue();
  const ending = new AbortController();
  images.hold();
  const work = upload(id, 'raw', { signal: ending.signal });
  ending.abort(new Error('the process ends'));
  images.release();
  await expect(work).rejects.toThrow('the process ends');
  expect(images.records.get(id)!.status).toBe('queued');
});
