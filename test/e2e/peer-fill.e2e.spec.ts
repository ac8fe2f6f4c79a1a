import { createHash, randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestAuthority, type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, anyFreePort, withFilesystem } from '@hearth/testing/servers';
import { CuttingProxy } from '../../apps/volume-manager/src/testing/cutting-proxy';
import { ApiRefusal } from '../../tools/dev-stack/src/demo/volume-api';
import { cacheEvents } from '../../tools/dev-stack/src/demo/seen';
import { hostName } from '../../tools/dev-stack/src/stack/app-plan';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { ImageServer } from './image-server';
import { root, startTestStack, type TestStack } from './stack';
import { seedFileOf } from '../../tools/nats-accounts/src/make-accounts';

// Two hosts that have certificates for each other, each in a zone of its own, so that a test says where a volume goes.
jest.setTimeout(180_000);

const execute = promisify(execFile);
const MiB = 2 ** 20;
const imageBytes = Buffer.concat([randomBytes(6 * MiB), Buffer.alloc(3 * MiB), randomBytes(7 * MiB)]);
const [first, second] = [hostName(1), hostName(2)];
const unlimited = 2 ** 40;

let filesystem: MountedFilesystem;
let certificates: TemporaryDirectory;
let images: ImageServer;
/** On the way to the first host. */
let proxy: CuttingProxy;
let stack: TestStack;

beforeAll(async () => {
  [filesystem, certificates] = await Promise.all([withFilesystem('xfs', { sizeMib: 8_192 }), temporaryDirectory()]);
  images = await ImageServer.start();
  const port = await anyFreePort('127.0.0.1');
  proxy = new CuttingProxy(port, [unlimited], 'silence');
  const authority = new TestAuthority();
  stack = await startTestStack({
    ...{ imageServiceUrl: images.url, backendDirectory: filesystem.directory, volumeManagers: 2 },
    envOf: {
      [`volume-manager-${first}`]: await envOf(authority, first, {
        HEARTH_PEER_LISTEN: `127.0.0.1:${port}`,
        HEARTH_PEER_URL: await proxy.start(),
      }),
      [`volume-manager-${second}`]: await envOf(authority, second, { HEARTH_PEER_LISTEN: '127.0.0.1:0' }),
    },
  });
  for (const host of [first, second]) await eventually(() => isKnown(host));
});

afterAll(async () => {
  await stack?.stop();
  await proxy?.stop();
  await images?.stop();
  await certificates?.remove();
  await filesystem?.stop();
});

async function envOf(authority: TestAuthority, host: string, peer: Readonly<Record<string, string>>) {
  const files = await authority.issue(join(certificates.path, host), host);
  const backend = {
    ...{ name: 'file', driver: 'file', options: { directory: join(filesystem.directory, host) } },
    ...{ image_volume_cache_enabled: true, availability_zone: `zone-of-${host}` },
    cinder_internal_tenant_project_id: 'hearth-internal',
    cinder_internal_tenant_user_id: 'hearth-internal',
  };
  return {
    HEARTH_BACKENDS: JSON.stringify([backend]),
    HEARTH_PEER_CERTIFICATE: files.certificate,
    HEARTH_PEER_KEY: files.key,
    HEARTH_PEER_CA: files.authorities,
    // Two cores that are busy with a whole stack may take their time.
    HEARTH_PEER_ANSWER_TIMEOUT_MS: '10000',
    ...peer,
  };
}

/** The API learns of a host's zone from its reports, and refuses creates there until then. */
async function isKnown(host: string): Promise<boolean> {
  try {
    const { id } = await stack.api.create({ size: 1, availability_zone: `zone-of-${host}` });
    await stack.watch.untilEnd(id);
    return true;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 400) return false;
    throw error;
  }
}

async function begin(imageRef: string, host: string): Promise<string> {
  return (await stack.api.create({ size: 1, imageRef, availability_zone: `zone-of-${host}` })).id;
}

async function create(imageRef: string, host: string): Promise<string> {
  const id = await begin(imageRef, host);
  expect((await stack.watch.untilEnd(id)).event.type).toBe('VolumeProvisioned');
  return id;
}

/** Of as many bytes of a volume as the image has. */
async function hasImage(volumeId: string, host: string): Promise<boolean> {
  const file = await open(join(filesystem.directory, host, `volume-${volumeId}`));
  try {
    const { buffer } = await file.read(Buffer.alloc(imageBytes.length), 0, imageBytes.length, 0);
    return sha256(buffer) === sha256(imageBytes);
  } finally {
    await file.close();
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const createsOf = (imageRef: string) =>
  cacheEvents(stack.watch.seen, 'create').flatMap(({ data }) => (data.imageId === imageRef ? data : []));

test('I.21: an image that one host has cached comes to another from there, and not from the image service', async () => {
  const imageRef = images.add({ bytes: imageBytes });
  const before = await create(imageRef, first);
  expect(images.downloadsOf(imageRef)).toBe(1);

  const after = await create(imageRef, second);
  expect(images.downloadsOf(imageRef)).toBe(1);
  const [original, copy] = createsOf(imageRef);
  expect(original).toMatchObject({
    source: { kind: 'image-service', declined: [{ host: second, reason: 'no-copy' }] },
  });
  expect(copy).toMatchObject({
    source: { kind: 'peer', host: first, declined: [] },
    ...{ contentDigest: original?.contentDigest, digest: original?.digest, verifiedBy: 'os_hash' },
  });
  // What is all zeros does not travel.
  expect(copy?.bytesWritten).toBe(13 * MiB);
  // The owner learns that another host sent it; which one is for administrators.
  const { decision } = await stack.api.explain(after);
  expect(decision).toMatchObject({ outcome: 'miss' });
  expect(decision?.source).toEqual({ kind: 'peer' });
  expect(await hasImage(before, first)).toBe(true);
  expect(await hasImage(after, second)).toBe(true);
});

test('copies that a host had a part in are found and evicted by what the how-to says', async () => {
  const imageRef = images.add({ bytes: imageBytes });
  await create(imageRef, first);
  const after = await create(imageRef, second);
  expect(createsOf(imageRef)[1]?.source).toMatchObject({ kind: 'peer', host: first });
  const howTo = await readFile(join(root, 'docs/how-to/peers.md'), 'utf8');
  const [evict, volumes] = [...howTo.matchAll(/^ *psql [^`]*/gm)].map(([command]) =>
    command.replaceAll('store-07', first),
  );
  const poolOf = (host: string) => `${host}@file#default`;

  await eventually(async () => (await shell(volumes!)).includes(after));
  const evicted = await shell(evict!);
  for (const host of [first, second]) expect(evicted).toMatch(new RegExp(`^${poolOf(host)} \\d+: evicted$`, 'm'));
  expect(evicted).not.toMatch(/unknown/);

  const again = await create(imageRef, second);
  expect(images.downloadsOf(imageRef)).toBe(2);
  expect(await hasImage(again, second)).toBe(true);
});

/** Its output; throws when it fails. */
async function shell(command: string): Promise<string> {
  const env = {
    ...{ ...process.env, HEARTH_DATABASE_URL: stack.databaseUrl, HEARTH_NATS_URL: stack.nats.url },
    HEARTH_NATS_NKEY_SEED_FILE: seedFileOf(stack.natsAccounts, 'operator'),
  };
  const { stdout } = await execute('sh', ['-c', command], { cwd: root, env });
  return stdout;
}

test('a host that dies while it sends its copy costs time, and no volume', async () => {
  const imageRef = images.add({ bytes: imageBytes });
  await create(imageRef, first);
  // The question passes; of the copy some blocks, and then nothing more.
  proxy.cutAfter(unlimited, 3 * MiB);
  const id = await begin(imageRef, second);
  await eventually(() => proxy.ended === 1);
  await stack.app(`volume-manager-${first}`).kill();
  // Its connections end with it; those through the proxy would wait for what is on the way.
  await proxy.stop();

  expect((await stack.watch.untilEnd(id)).event.type).toBe('VolumeProvisioned');
  expect(images.downloadsOf(imageRef)).toBe(2);
  expect(createsOf(imageRef)[1]).toMatchObject({
    source: { kind: 'image-service', host: null, declined: [{ host: first, reason: 'broken-off' }] },
  });
  expect(await hasImage(id, second)).toBe(true);
  expect(await objectsOnDisk(stack.backendDirectory)).toEqual(await objectsOfLog(stack));
});
