import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@hearth/testing';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { Client } from 'pg';
import { cacheEvents, notices } from '../../tools/dev-stack/src/demo/seen';
import { hostName } from '../../tools/dev-stack/src/stack/app-plan';
import { ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(180_000);

const imageBytes = randomBytes(8 * 1024 * 1024);
/** In the image, away from its ends. */
const flippedByte = 5 * 1024 * 1024 + 17;

let filesystem: MountedFilesystem;
let images: ImageServer;
let stack: TestStack;
let imageRef: string;

beforeAll(async () => {
  filesystem = await withFilesystem('xfs', { sizeMib: 4096 });
  images = await ImageServer.start();
  stack = await startTestStack({
    ...{ imageServiceUrl: images.url, backendDirectory: filesystem.directory },
    // Every copy is always due, and only the janitor has the host look.
    env: { HEARTH_SCRUB_INTERVAL_HOURS: '0' },
    envOf: {
      'cache-janitor': { HEARTH_SCRUB_PASS_INTERVAL_MS: '500' },
      'volume-manager': { HEARTH_CHORES_INTERVAL_MS: '3600000' },
    },
  });
  imageRef = images.add({ bytes: imageBytes });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await filesystem?.stop();
});

async function create() {
  const { id } = await stack.api.create({ size: 1, imageRef });
  const { event, decision } = await stack.watch.untilEnd(id);
  expect(event.type).toBe('VolumeProvisioned');
  return { id, decision };
}

const fileOf = (volumeId: string) => join(stack.backendDirectory, hostName(1), `volume-${volumeId}`);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Of as many bytes of a volume as the image has. */
async function digestOf(volumeId: string): Promise<string> {
  const file = await open(fileOf(volumeId));
  try {
    const { buffer } = await file.read(Buffer.alloc(imageBytes.length), 0, imageBytes.length, 0);
    return sha256(buffer);
  } finally {
    await file.close();
  }
}

/** Changes one bit of an object behind the back of everybody. */
async function flip(volumeId: string): Promise<void> {
  const file = await open(fileOf(volumeId), 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, flippedByte);
    await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, flippedByte);
    await file.sync();
  } finally {
    await file.close();
  }
}

const eventOf = <Type extends Parameters<typeof cacheEvents>[1]>(type: Type, generation: number) =>
  stack.watch.until(
    (seen) => cacheEvents(seen, type).find(({ data }) => 'generation' in data && data.generation === generation),
    `'${type}' of generation ${generation}`,
  );

test('P3 · I.39: a copy that changed on the disk is found, serves no longer and is filled again; the next volume is right', async () => {
  const before = await create();
  const { data: made } = (await eventOf('create', 1)) as { data: { contentDigest?: string; imageVolumeId: string } };
  // Looked at while it is whole: the digest of the fill is that of the disk.
  expect((await eventOf('verified', 1)).data).toMatchObject({ contentDigest: made.contentDigest });

  await flip(made.imageVolumeId);
  const { data: found } = (await eventOf('verify-failed', 1)) as { data: { contentDigest: string } };
  expect(found).toMatchObject({ imageId: imageRef, expectedDigest: made.contentDigest });
  expect(found.contentDigest).not.toBe(made.contentDigest);
  expect((await eventOf('evict', 1)).data).toMatchObject({ reason: 'verify-failed' });
  expect((await eventOf('create', 2)).data).toMatchObject({ contentDigest: made.contentDigest });
  expect(images.downloadsOf(imageRef)).toBe(2);

  const after = await create();
  expect(after.decision).toMatchObject({ outcome: 'hit', bytesDownloaded: 0, entry: { generation: 2 } });
  // The clone from before shares nothing with what was changed.
  for (const { id } of [before, after]) expect(await digestOf(id)).toBe(sha256(imageBytes));
});

test('P3: subscribers are told once, with both digests', async () => {
  const [told] = await stack.watch.until((seen) => {
    const found = notices(seen, 'image_volume_cache.corrupt');
    return found.length > 0 ? found : undefined;
  }, 'the outward event');
  const [failed] = cacheEvents(stack.watch.seen, 'verify-failed');
  expect(told?.data).toMatchObject({
    image_id: imageRef,
    expected_digest: failed?.data.expectedDigest,
    found_digest: failed?.data.contentDigest,
  });
  // The new copy is looked at again before we look whether there was more than one.
  await eventOf('verified', 2);
  expect(notices(stack.watch.seen, 'image_volume_cache.corrupt')).toHaveLength(1);
});

test('the table tells of the copy that went bad, and the API of when its successor was looked at', async () => {
  const [failed] = cacheEvents(stack.watch.seen, 'verify-failed');
  const expected = failed?.data.expectedDigest;
  // Nothing needs the bad copy any more: it is removed, and its row stays.
  const [bad] = await eventually(() =>
    rows("select retire_reason, corruption from cache_entries where generation = 1 and status = 'reaped'"),
  );
  expect(bad).toMatchObject({
    retire_reason: 'verify-failed',
    corruption: { expectedDigest: expected, foundDigest: failed?.data.contentDigest },
  });
  const good = await eventually(async () => (await shownEntries()).find(({ status }) => status === 'ready'));
  expect(good).toMatchObject({ generation: 2, corruption: null, content_digest: expected });
  expect(good['verified_at']).toEqual(expect.any(String));
});

/** Undefined while there are none. */
async function rows(query: string): Promise<unknown[] | undefined> {
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    const found = (await client.query(query)).rows as unknown[];
    return found.length > 0 ? found : undefined;
  } finally {
    await client.end();
  }
}

/** Of which the image-volume is still there. */
async function shownEntries(): Promise<Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${stack.apiUrl}/v3/cache/entries`, { headers: { 'x-auth-token': stack.admin.token } });
  return ((await answer.json()) as { entries: Readonly<Record<string, unknown>>[] }).entries;
}
