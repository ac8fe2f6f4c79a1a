import { randomBytes } from 'node:crypto';
import { eventually } from '@hearth/testing';
import { type MountedFilesystem, runProgram, withFilesystem } from '@hearth/testing/servers';
import { join } from 'node:path';
import { connect, nkeyAuthenticator } from 'nats';
import { Client } from 'pg';
import { notices } from '../../tools/dev-stack/src/demo/seen';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { ImageServer } from './image-server';
import { root, startTestStack, type TestStack } from './stack';
import { readSeed, seedFileOf } from '../../tools/nats-accounts/src/make-accounts';

jest.setTimeout(180_000);

const imageBytes = randomBytes(8 * 1024 * 1024);

let filesystem: MountedFilesystem;
let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  // Sparse; large enough for the promises of all volumes together.
  filesystem = await withFilesystem('xfs', { sizeMib: 32 * 1024 });
  images = await ImageServer.start();
  stack = await startTestStack({ imageServiceUrl: images.url, backendDirectory: filesystem.directory });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await filesystem?.stop();
});

const create = async (imageRef: string, name: string) => {
  const { id } = await stack.api.create({ name, size: 1, imageRef });
  await stack.watch.untilEnd(id);
  return id;
};

test('P8 · J.2 · J.a: a stock subscriber sees exactly one miss and one create, then one hit, for two volumes of one image', async () => {
  const seed = new TextEncoder().encode(await readSeed(stack.natsAccounts, 'listener-test'));
  const subscriber = await connect({ servers: stack.nats.url, authenticator: nkeyAuthenticator(seed) });
  const types: string[] = [];
  subscriber.subscribe('hearth.events.image_volume_cache.*', {
    callback: (_, { subject }) => void types.push(subject.split('.').at(-1)!),
  });
  await subscriber.flush();
  const imageRef = images.add({ bytes: imageBytes });

  const first = await create(imageRef, 'first');
  await eventually(() => types.length >= 2);
  const second = await create(imageRef, 'second');
  await eventually(() => types.length >= 3);
  // What would come too much comes before the end of a create that was asked for later.
  const later = await create(images.add({ bytes: randomBytes(1024 * 1024) }), 'later');
  await eventually(() => types.length >= 5);
  await subscriber.close();

  expect(types.slice(0, 2).sort()).toEqual(['create', 'miss']);
  expect(types[2]).toBe('hit');
  expect(types.slice(3).sort()).toEqual(['create', 'miss']);
  expect(images.downloadsOf(imageRef)).toBe(1);
  expect((await stack.api.explain(first)).decision).toMatchObject({ outcome: 'miss' });
  expect((await stack.api.explain(second)).decision).toMatchObject({
    outcome: 'hit',
    clone_method: 'reflink',
    bytes_downloaded: 0,
  });
  for (const id of [first, second, later]) {
    expect(await stack.api.show(id)).toMatchObject({ status: 'available', size: 1, bootable: 'true' });
  }
});

test('every notice has an id of its own, and image-volumes are marked as internal', () => {
  const all = notices(stack.watch.seen);
  expect(all.length).toBeGreaterThan(0);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const internal = notices(stack.watch.seen, 'volume.create.end').filter(({ data }) => data['internal'] === true);
  expect(internal).toHaveLength(2);
});

test('P1 · P8 · I.1: 200 creates of one cold image at once are one download, one miss and 199 hits', async () => {
  const imageRef = images.add({ bytes: imageBytes });
  const before = stack.watch.seen.length;
  const ids = await Promise.all(
    Array.from(
      { length: 200 },
      async (_, index) => (await stack.api.create({ name: `n${index}`, size: 1, imageRef })).id,
    ),
  );
  const ends = await Promise.all(ids.map((id) => stack.watch.untilEnd(id, 120_000)));
  expect(new Set(ends.map(({ event }) => event.type))).toEqual(new Set(['VolumeProvisioned']));
  expect(images.downloadsOf(imageRef)).toBe(1);
  const told = await stack.watch.until((seen) => {
    const fresh = seen.slice(before);
    const count = (kind: string) => notices(fresh, `image_volume_cache.${kind}`).length;
    return count('hit') + count('miss') >= 200
      ? { hits: count('hit'), misses: count('miss'), creates: count('create') }
      : undefined;
  }, '200 outward events');
  expect(told).toEqual({ hits: 199, misses: 1, creates: 1 });
});

test('P5: what lies on the disk is what the log says', async () => {
  const expected = await objectsOfLog(stack);
  expect(expected.length).toBeGreaterThan(200);
  expect(await objectsOnDisk(stack.backendDirectory)).toEqual(expected);
});

test('P9: the tables rebuilt from the log are the live ones, also after rows of the cache were lost', async () => {
  expect(await rebuild()).toBe(0);
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    const rows = async () =>
      (await client.query('select * from cache_entries order by pool, generation')).rows as unknown[];
    const live = await rows();
    expect(live.length).toBeGreaterThan(0);
    await client.query('delete from cache_entries');
    expect(await rebuild('--yes')).toBe(1);
    expect(await rows()).toEqual(live);
  } finally {
    await client.end();
  }
  expect(await rebuild('--compare-only')).toBe(0);
});

async function rebuild(...options: string[]): Promise<number> {
  const argv = [process.execPath, join(root, 'tools/run.mjs'), 'rebuild/src/main.ts', '--json', ...options];
  const places = ['--nats-url', stack.nats.url, '--database-url', stack.databaseUrl];
  const env = { HEARTH_NATS_NKEY_SEED_FILE: seedFileOf(stack.natsAccounts, 'operator') };
  return runProgram([...argv, ...places], { cwd: root, env: { ...process.env, ...env } }).then(
    () => 0,
    ({ code }: { code: number }) => code,
  );
}
