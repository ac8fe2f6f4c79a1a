// Volumes of an encrypted type through the whole system, with keys in a folder: what lies on the disk is a container, and its key opens it.
import { FolderKeyStore } from '@hearth/openstack-clients';
import { type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findVolumeFile } from '../../tools/dev-stack/src/demo/volume-file';
import { hostName } from '../../tools/dev-stack/src/stack/app-plan';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(600_000);

const run = promisify(execFile);
const MiB = 2 ** 20;
const image = Buffer.concat([
  Buffer.from('what nobody may read '.repeat(200)),
  Buffer.alloc(2 * MiB),
  randomBytes(MiB),
]);
const type = 'secret';

let directory: TemporaryDirectory;
let keysDirectory: string;
let images: ImageServer;
let stack: TestStack;
let imageRef: string;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-encryption-');
  keysDirectory = join(directory.path, 'keys');
  images = await ImageServer.start();
  stack = await startTestStack({
    imageServiceUrl: images.url,
    env: { HEARTH_VOLUME_KEYS_DIRECTORY: keysDirectory },
  });
  imageRef = images.add({ bytes: image });
  const { volume_type: made } = (await stack.admin.call('POST', '/types', {
    body: { volume_type: { name: type } },
  })) as {
    volume_type: { id: string };
  };
  const encryption = { provider: 'luks', cipher: 'aes-xts-plain64', key_size: 256, control_location: 'front-end' };
  await stack.admin.call('POST', `/types/${made.id}/encryption`, { body: { encryption } });
});
afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await directory?.remove();
});

const patience = { timeoutMs: 300_000 };
async function settled(id: string) {
  const shown = (await stack.api.settled(id, patience)) as unknown as { status: string; encrypted: boolean };
  expect(shown).toMatchObject({ status: 'available', encrypted: true });
}
const keyFiles = () => readdir(keysDirectory).catch(() => []);

/** As qemu is told to open the volume, with its key as the folder has it. */
async function opened(volumeId: string): Promise<string[]> {
  const { encryption_key_id: keyId } = (await stack.api.call('GET', `/volumes/${volumeId}/encryption`)) as {
    encryption_key_id: string;
  };
  const { key } = JSON.parse(await readFile(join(keysDirectory, `${keyId}.json`), 'utf8')) as { key: string };
  const secret = join(directory.path, 'passphrase');
  await writeFile(secret, Buffer.from(key, 'base64').toString('hex'), { mode: 0o600 });
  const { file, format } = await findVolumeFile(stack.backendDirectory, volumeId);
  const options = `driver=luks,key-secret=key,file.driver=${format},file.file.driver=file,file.file.filename=${file}`;
  return ['--object', `secret,id=key,file=${secret}`, '--image-opts', options];
}

/** What a guest reads at the beginning. */
async function read(volumeId: string): Promise<Buffer> {
  const out = join(directory.path, 'plain');
  await run('qemu-img', ['convert', '-U', ...(await opened(volumeId)), '-O', 'raw', out]);
  const file = await open(out);
  try {
    const { buffer } = await file.read(Buffer.alloc(image.length), 0, image.length, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

async function remove(...ids: string[]) {
  for (const id of ids) {
    await stack.api.delete(id);
    await eventually(() => stack.api.isGone(id), { timeoutMs: 60_000, what: `volume ${id} gone` });
  }
}

test('a blank volume, one from an image and a copy of that are containers; keys and containers go with their volumes', async () => {
  const blank = await stack.api.create({ size: 1, volume_type: type });
  const filled = await stack.api.create({ size: 1, volume_type: type, imageRef });
  await Promise.all([settled(blank.id), settled(filled.id)]);
  const copy = await stack.api.create({ size: 2, source_volid: filled.id });
  await settled(copy.id);
  expect(await keyFiles()).toHaveLength(3);
  expect(await stack.api.explain(filled.id)).toMatchObject({ decision: { outcome: 'bypass', reason: 'encrypted' } });

  const info = JSON.parse((await run('qemu-img', ['info', '-U', '--output=json', ...(await opened(blank.id))])).stdout);
  expect(info).toMatchObject({ 'virtual-size': 1024 * MiB - 2_068_480 });
  expect((await read(filled.id)).equals(image)).toBe(true);
  await remove(filled.id);
  expect((await read(copy.id)).equals(image)).toBe(true);
  const { file } = await findVolumeFile(stack.backendDirectory, copy.id);
  await expect(run('grep', ['-q', 'what nobody may read', file])).rejects.toMatchObject({ code: 1 });

  await remove(copy.id, blank.id);
  expect(await keyFiles()).toEqual([]);
  expect(await objectsOnDisk(stack.backendDirectory)).toEqual(await objectsOfLog(stack));
});

test('a host that is killed while it encrypts begins again, and leaves one container and one key', async () => {
  const { id } = await stack.api.create({ size: 1, volume_type: type, imageRef });
  const host = stack.app(`volume-manager-${hostName(1)}`);
  await eventually(async () => (await stack.api.show(id)).status === 'downloading', {
    timeoutMs: 60_000,
    what: 'work',
  });
  await host.kill();
  await host.start();
  await settled(id);
  expect((await read(id)).equals(image)).toBe(true);
  expect([await objectsOnDisk(stack.backendDirectory), await keyFiles()]).toEqual([
    [`volume-${id}`],
    [expect.anything()],
  ]);
  await remove(id);
  expect(await keyFiles()).toEqual([]);
});

test('an image that was made of an encrypted volume becomes one again, under a copy of its key', async () => {
  const key = randomBytes(32);
  const keyId = await new FolderKeyStore(keysDirectory).store({ name: 'an image', algorithm: 'aes', bytes: key });
  const properties = { cinder_encryption_key_id: keyId, cinder_encryption_key_deletion_policy: 'on_image_deletion' };
  const sealed = images.add({ bytes: await containerOf(key), properties });
  const { id } = await stack.api.create({ size: 1, volume_type: type, imageRef: sealed });
  await settled(id);
  expect((await read(id)).equals(image)).toBe(true);
  await remove(id);
  expect(await keyFiles()).toEqual([`${keyId}.json`]);
});

/** The image's bytes in a container that others have made. */
async function containerOf(key: Buffer): Promise<Buffer> {
  const [plain, container, secret] = ['image', 'container', 'image-key'].map((name) => join(directory.path, name));
  await writeFile(plain!, image);
  await writeFile(secret!, key.toString('hex'), { mode: 0o600 });
  await writeFile(container!, Buffer.alloc(8 * MiB));
  const quick = ['--pbkdf-force-iterations', '1000', '--key-file', secret!];
  await run('cryptsetup', ['luksFormat', '-q', '--type', 'luks1', ...quick, container!]);
  const target = `driver=luks,key-secret=key,file.driver=file,file.filename=${container}`;
  const source = `driver=raw,file.driver=file,file.filename=${plain}`;
  const object = ['--object', `secret,id=key,file=${secret}`];
  await run('qemu-img', ['convert', '-n', ...object, '--image-opts', source, '--target-image-opts', target]);
  return readFile(container!);
}
