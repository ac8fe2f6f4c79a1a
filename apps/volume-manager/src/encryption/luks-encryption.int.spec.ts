import { luksFormatOf } from '@hearth/domain';
import { KeyManagerError } from '@hearth/openstack-clients';
import { MemoryKeyStore } from '@hearth/openstack-clients/testing';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { requireProgram } from '@hearth/testing/servers';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FillError } from '../fill/fill-error';
import { blocksOf } from '../fill/disk/content-digest';
import { type ConversionHost, startConversionHost } from '../fill/convert/testing/conversion-host';
import { processesWith } from '../fill/convert/testing/processes';
import { MemoryBackend } from '../testing/memory.backend';
import { LuksEncryption } from './luks-encryption';
import { passphraseOf } from './passphrase-file';
import type { EncryptedVolume } from './volume-encryption';

const run = promisify(execFile);
const MiB = 2 ** 20;
const object = { pool: 'here', name: 'volume-secret' };
const alive = new AbortController().signal;
/** What an image may hold at its beginning, and what nobody may find without the key. */
const plainText = Buffer.from('a sentence that is not to be read by anybody else. '.repeat(100));

let home: TemporaryDirectory;
let program: string;
let host: ConversionHost;
let backend: MemoryBackend;
let keys: MemoryKeyStore;
let encryption: LuksEncryption;

beforeAll(async () => {
  home = await temporaryDirectory('luks-encryption');
  program = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  await requireProgram('cryptsetup', { debianPackage: 'cryptsetup-bin' });
  host = await startConversionHost(home.path, program);
});
afterAll(async () => {
  await host.stop();
  await home.remove();
});
beforeEach(() => {
  backend = new MemoryBackend();
  keys = new MemoryKeyStore();
  encryption = new LuksEncryption(keys, { scratch: host.scratch, qemuImg: host.qemuImg() });
});
afterEach(async () => {
  expect(await readdir(host.scratch.directory).catch(() => [])).toEqual([]);
  expect(host.scratch.promisedBytes).toBe(0);
});

async function volume(cipher = 'aes-xts-plain64', keySize = 256): Promise<EncryptedVolume> {
  const keyId = await keys.store({ name: 'a volume', algorithm: 'aes', bytes: randomBytes(keySize / 8) });
  const format = luksFormatOf({ provider: 'luks', cipher, keySize, controlLocation: 'front-end' });
  if ('problem' in format) throw new Error(format.problem);
  return { keyId, format };
}

/** The object as a file, and the passphrase as one, for programs of others. */
async function stored({ keyId }: EncryptedVolume): Promise<{ file: string; secret: string; sizeBytes: number }> {
  const [file, secret] = [join(home.path, 'object'), join(home.path, 'passphrase')];
  await writeFile(secret, passphraseOf(keys.kept.get(keyId)!.bytes), { mode: 0o600 });
  const reader = await backend.open().openReader(object);
  const target = await open(file, 'w');
  await target.truncate(reader.sizeBytes);
  for await (const block of blocksOf(reader)) {
    const bytes = Buffer.alloc(Math.min(MiB, reader.sizeBytes - block * MiB));
    await reader.read(block * MiB, bytes);
    await target.write(bytes, 0, bytes.length, block * MiB);
  }
  await target.close();
  await reader.close();
  return { file, secret, sizeBytes: reader.sizeBytes };
}

const opened = ({ file, secret }: { file: string; secret: string }) => [
  ...['--object', `secret,id=key,file=${secret}`, '--image-opts'],
  `driver=luks,key-secret=key,file.driver=file,file.filename=${file}`,
];

describe('a blank volume', () => {
  test.each([
    ['aes-xts-plain64', 256, ['Cipher name: aes', 'Cipher mode: xts-plain64', 'MK bits: 512', 'Payload offset: 4040']],
    ['aes-cbc-essiv:sha256', 128, ['Cipher mode: cbc-essiv:sha256', 'MK bits: 128']],
  ])(
    'is a container of %s with %i bits that cryptsetup and qemu open with the key, as large as asked but for its header',
    async (cipher, keySize, dumped) => {
      const secret = await volume(cipher, keySize);
      await encryption.formatBlank(secret, await backend.open().openWriter(object, 1), alive);
      const at = await stored(secret);
      expect(at.sizeBytes).toBe(1024 * MiB);
      const { stdout: dump } = await run('cryptsetup', ['luksDump', at.file]);
      for (const line of ['Version: 1', ...dumped]) expect(dump.replace(/:\s+/g, ': ')).toContain(line);
      await run('cryptsetup', ['open', '--test-passphrase', '--type', 'luks1', '--key-file', at.secret, at.file]);
      const { stdout } = await run(program, ['info', '--output=json', ...opened(at)]);
      expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': 1024 * MiB - secret.format.headerBytes });
    },
    300_000,
  );

  test('whose key is not there is none, and its object is gone', async () => {
    const secret = await volume();
    await keys.remove(secret.keyId);
    const writer = await backend.open().openWriter(object, 1);
    await expect(encryption.formatBlank(secret, writer, alive)).rejects.toThrow(KeyManagerError);
    expect([...backend.objects.keys()]).toEqual([]);
  });

  test('that qemu-img does not make is none, and its object is gone', async () => {
    const secret = await volume();
    encryption = new LuksEncryption(keys, { scratch: host.scratch, qemuImg: host.standIn('exit 1') });
    const writer = await backend.open().openWriter(object, 1);
    await expect(encryption.formatBlank(secret, writer, alive)).rejects.toThrow(FillError);
    expect([...backend.objects.keys()]).toEqual([]);
  });

  test('whose header is not what was reckoned with is none', async () => {
    const secret = await volume();
    const other = { ...secret, format: { ...secret.format, headerBytes: secret.format.headerBytes + 4_096 } };
    const writer = await backend.open().openWriter(object, 1);
    await expect(encryption.formatBlank(other, writer, alive)).rejects.toThrow('were expected');
    expect([...backend.objects.keys()]).toEqual([]);
  }, 300_000);
});

describe('a disk that is written into a volume', () => {
  const sizeBytes = 24 * MiB + 512;
  const noise = randomBytes(3 * MiB);

  const writing = (secret: EncryptedVolume, signal = alive) =>
    encryption.encrypting(
      secret,
      { sizeBytes, dataBytes: 4 * MiB, open: () => backend.open().openWriter(object, 1) },
      signal,
    );

  test('is read back with the key, holes too, and nothing of it without', async () => {
    const secret = await volume();
    const writer = await writing(secret);
    await Promise.all([
      writer.write(0, plainText),
      writer.write(10 * MiB, noise),
      writer.write(sizeBytes - 512, plainText.subarray(0, 512)),
    ]);
    const seen = Buffer.alloc(plainText.length + 10);
    await writer.read(0, seen);
    expect(seen.equals(Buffer.concat([plainText, Buffer.alloc(10)]))).toBe(true);
    await writer.finish();
    const at = await stored(secret);
    const plain = join(home.path, 'plain');
    await run(program, ['convert', ...opened(at), '-O', 'raw', plain]);
    const read = await readFile(plain);
    const expected = Buffer.alloc(sizeBytes);
    plainText.copy(expected);
    noise.copy(expected, 10 * MiB);
    plainText.copy(expected, sizeBytes - 512, 0, 512);
    expect(read.subarray(0, sizeBytes).equals(expected)).toBe(true);
    const bytes = await readFile(at.file);
    expect(bytes.includes('a sentence that is')).toBe(false);
    expect(bytes.includes(noise.subarray(4_096, 4_160))).toBe(false);
    // What was a hole is encrypted as well: where nothing is, does not show.
    expect(bytes.subarray(6 * MiB, 7 * MiB).equals(Buffer.alloc(MiB))).toBe(false);
  }, 300_000);

  test('leaves nothing when it is given up', async () => {
    const writer = await writing(await volume());
    await writer.write(0, plainText);
    await writer.abort();
    expect([...backend.objects.keys()]).toEqual([]);
  }, 300_000);

  test('leaves nothing when the process is asked to end while it is encrypted', async () => {
    const ending = new AbortController();
    const writer = await writing(await volume(), ending.signal);
    await writer.write(0, plainText);
    ending.abort(new Error('the process ends'));
    await expect(writer.finish()).rejects.toThrow('the process ends');
    await writer.abort();
    expect([...backend.objects.keys()]).toEqual([]);
  }, 300_000);

  test('is not begun where its object cannot be opened', async () => {
    const work = encryption.encrypting(
      await volume(),
      { sizeBytes, dataBytes: MiB, open: () => Promise.reject(new Error('no room')) },
      alive,
    );
    await expect(work).rejects.toThrow('no room');
  }, 300_000);
});

test('the key is nowhere where others could look: in no argument, no variable and no folder', async () => {
  const secret = await volume();
  const passphrase = passphraseOf(keys.kept.get(secret.keyId)!.bytes).toString();
  const part = passphrase.slice(0, 16);
  const script = `case "$*" in *${part}*) exit 3;; esac; env | grep -q ${part} && exit 4; exit 5`;
  encryption = new LuksEncryption(keys, { scratch: host.scratch, qemuImg: host.standIn(script) });
  const writer = await backend.open().openWriter(object, 1);
  const error: unknown = await encryption.formatBlank(secret, writer, alive).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FillError);
  expect((error as FillError).failure.detail).toContain('exit code 5');
  expect(JSON.stringify((error as FillError).failure)).not.toContain(part);
  expect(processesWith(part)).toEqual([]);
});
