import { GlanceImageRecords, GlanceImageUpload, KeystoneClient } from '@hearth/openstack-clients';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Cloud, furnish } from './cloud';
import { type Glance, startGlance } from './glance';
import { type Keystone, startKeystone } from './keystone';

jest.setTimeout(300_000);

const run = promisify(execFile);

let directory: TemporaryDirectory;
let keystone: Keystone;
let cloud: Cloud;
let glance: Glance;
let service: KeystoneClient;
let upload: GlanceImageUpload;
let records: GlanceImageRecords;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-upload-');
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
  cloud = await furnish(keystone);
  glance = await startGlance({
    directory: `${directory.path}/glance`,
    access: { authUrl: keystone.authUrl, serviceUser: cloud.users.glance },
    operator: cloud.users.admin,
  });
  const { applicationCredentialId: id, applicationCredentialSecret: secret } = cloud.blockStorage;
  service = new KeystoneClient({ url: keystone.authUrl, credentials: { kind: 'application-credential', id, secret } });
  upload = new GlanceImageUpload({ endpoints: [glance.url], token: (refused) => service.token(refused) });
  records = new GlanceImageRecords({ endpoints: [glance.url], answerTimeoutMs: 60_000 });
});

afterAll(async () => {
  await upload?.close();
  await records?.close();
  await service?.close();
  await glance?.stop();
  await keystone?.stop();
  await directory?.remove();
});

/** The record of a member's private image, as the api makes it with the member's token. */
async function queued(): Promise<string> {
  const { token } = await keystone.issueToken(cloud.users.member);
  const body = JSON.stringify({
    name: 'an upload',
    disk_format: 'raw',
    container_format: 'bare',
    visibility: 'private',
  });
  const headers = { 'x-auth-token': token, 'content-type': 'application/json' };
  const answer = await fetch(`${glance.url}/v2/images`, { method: 'POST', headers, body });
  return ((await answer.json()) as { id: string }).id;
}

const pieces = Array.from({ length: 64 }, () => randomBytes(256 * 1024));
async function* bytes() {
  yield* pieces;
}
async function* once(all: Buffer) {
  yield all;
}

test('a member’s image is given its bytes by the service, and Glance tells the hash of what was sent', async () => {
  const id = await queued();
  expect(await upload.show(id)).toMatchObject({ status: 'queued' });
  await upload.put(id, bytes(), { sizeBytes: 64 * 256 * 1024 });
  const hash = createHash('sha512');
  for (const piece of pieces) hash.update(piece);
  const whole = {
    status: 'active',
    identity: { sizeBytes: 64 * 256 * 1024, osHashAlgo: 'sha512', osHashValue: hash.digest('hex') },
  };
  expect(await upload.show(id)).toMatchObject(whole);
  // Glance says no without reading what is sent: its answer may be lost with the connection.
  await expect(upload.put(id, bytes())).rejects.toMatchObject({
    problem: expect.stringMatching(/^(refused|broken)$/) as unknown,
  });
  expect(await upload.show(id)).toMatchObject(whole);
});

/** An encrypted disk as a backend has it, of its key's passphrase. */
async function container(passphrase: string): Promise<{ readonly file: string; readonly secret: string }> {
  const [file, secret] = ['container', 'passphrase'].map((name) => join(directory.path, name)) as [string, string];
  await writeFile(secret, passphrase, { mode: 0o600 });
  await writeFile(file, Buffer.alloc(8 * 2 ** 20));
  const quick = ['--pbkdf-force-iterations', '1000', '--key-file', secret];
  await run('cryptsetup', ['luksFormat', '-q', '--type', 'luks1', ...quick, file]);
  return { file, secret };
}

test('an encrypted volume is an image like any other, which names its key and is opened by it', async () => {
  const { token } = await keystone.issueToken(cloud.users.member);
  const { file, secret } = await container(randomBytes(32).toString('hex'));
  const properties = {
    cinder_encryption_key_id: randomUUID(),
    cinder_encryption_key_deletion_policy: 'on_image_deletion',
  };
  const plain = { diskFormat: 'raw', containerFormat: 'bare', visibility: 'private', protected: false };
  const { id } = await records.create({ name: 'sealed', ...plain, properties }, { token });
  const sent = await readFile(file);
  await upload.put(id, once(sent), { sizeBytes: sent.length });
  const hash = createHash('sha512').update(sent).digest('hex');
  const { status, identity } = await upload.show(id);
  expect({ status, identity }).toMatchObject({
    status: 'active',
    identity: { diskFormat: 'raw', sizeBytes: sent.length, osHashValue: hash, properties },
  });
  const answer = await fetch(`${glance.url}/v2/images/${id}/file`, { headers: { 'x-auth-token': token } });
  const got = join(directory.path, 'downloaded');
  await writeFile(got, Buffer.from(await answer.arrayBuffer()));
  await run('cryptsetup', ['open', '--test-passphrase', '--type', 'luks1', '--key-file', secret, got]);
  // Its Glance is to remove the key with the image, and has no key manager: the image goes all the same.
  await upload.remove(id);
  await expect(upload.show(id)).rejects.toMatchObject({ problem: 'not-found' });
});

test('bytes that break off make no image of what has come, and the record can be removed', async () => {
  const id = await queued();
  async function* broken() {
    yield pieces[0]!;
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error('the backend is gone');
  }
  await expect(upload.put(id, broken())).rejects.toThrow('the backend is gone');
  expect((await upload.show(id)).status).not.toBe('active');
  await upload.remove(id);
  await expect(upload.show(id)).rejects.toMatchObject({ problem: 'not-found' });
  await upload.remove(id);
});

test('a place that no store has is not allowed', async () => {
  const id = await queued();
  expect(await upload.addLocation(id, 'cinder://40000000-0000-4000-8000-000000000001')).toBe(false);
  expect(await upload.locations(id)).toEqual([]);
});
