// Kill −9 at random moments of a fill, round after round. HEARTH_TEST_SEED repeats a run's choices, HEARTH_TEST_ROUNDS sets how many.
import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@hearth/image-format/testing';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { findVolumeFile } from '../../tools/dev-stack/src/demo/volume-file';
import { cacheEventsOfLog, objectsOfLog, objectsOnDisk } from './disk-and-log';
import { digestOfDisk } from './disk-digest';
import { type KindName, type MadeImage, makeImage, makeSampleDisk } from './image-kinds';
import { ImageServer } from './image-server';
import { filesBelow, usersOf } from './leftovers';
import { startTestStack, type TestApp, type TestStack } from './stack';

const seed = Number(process.env['HEARTH_TEST_SEED'] ?? randomInt(2 ** 31));
const rounds = Number(process.env['HEARTH_TEST_ROUNDS'] ?? 50);
jest.setTimeout(120_000 + rounds * 30_000);

const kinds: readonly KindName[] = [
  'raw',
  'qcow2',
  'qcow2, zlib',
  'vmdk, streamOptimized',
  'qcow2, tables last',
  'raw in gzip',
];

/** What a round does, in words for a failure's message. */
interface Round {
  readonly number: number;
  readonly image: MadeImage;
  readonly bytesPerSecond?: number;
  readonly volumes: number;
  /** Who is killed, and how many milliseconds after the create or after the start that followed the kill before. */
  readonly kills: readonly { readonly app: string; readonly afterMs: number }[];
}

let directory: TemporaryDirectory;
let images: ImageServer;
let made: readonly MadeImage[];
const digests = new Map<MadeImage, string>();

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-crash-rounds-');
  images = await ImageServer.start();
  const random = new Random(seed);
  const disks = await Promise.all(
    [16, 32].map((dataMib) =>
      makeSampleDisk(join(directory.path, `disk-${dataMib}.raw`), { dataMib, random: new Random(random.next()) }),
    ),
  );
  made = (
    await Promise.all(kinds.map((kind) => Promise.all(disks.map((disk) => makeImage(kind, disk, directory.path)))))
  ).flat();
  for (const image of made) digests.set(image, await digestOfDisk(image.disk, directory.path));
});

afterAll(async () => {
  await images?.stop();
  await directory?.remove();
});

/** Half of the rounds are slow enough that a kill finds the download under way, the others end about when the kill comes. */
function chooseRound(number: number, random: Random): Round {
  const image = made[(2 * number + random.below(2)) % made.length]!;
  const slowMs = random.oneIn(2) ? 500 + random.below(500) : undefined;
  const kill = () => ({
    app: random.oneIn(5) ? random.pick(['api', 'scheduler', 'cache-janitor', 'notifier']) : 'volume-manager',
    afterMs: random.below(slowMs ? slowMs + 300 : 600),
  });
  return {
    ...{ number, image },
    bytesPerSecond: slowMs && Math.ceil((image.bytes.length * 1000) / slowMs),
    volumes: 1 + random.below(2),
    kills: random.oneIn(4) ? [kill(), kill()] : [kill()],
  };
}

/** As a crash does it: nothing else is ended along, whatever the process has started. */
async function crash(app: TestApp): Promise<void> {
  process.kill(app.pid, 'SIGKILL');
  await eventually(() => !app.isRunning, { what: `the end of ${app.name}` });
  await app.kill();
  await app.start();
}

/** Clones are overlays on the one and share extents on the other, which takes whole files over too. */
const fileSystems = ['ext4', 'xfs'] as const;

describe.each(fileSystems)('on %s', (kind) => {
  let filesystem: MountedFilesystem;
  let scratch: string;
  let stack: TestStack;
  /** Images by the id under which a round offered them. */
  const offered = new Map<string, MadeImage>();
  const created: string[] = [];

  beforeAll(async () => {
    filesystem = await withFilesystem(kind, { sizeMib: 8 * 1024 });
    const backendDirectory = join(filesystem.directory, 'backends');
    scratch = join(filesystem.directory, 'scratch');
    await mkdir(backendDirectory);
    stack = await startTestStack({
      ...{ imageServiceUrl: images.url, backendDirectory },
      envOf: { 'volume-manager': { HEARTH_SCRATCH_DIRECTORY: scratch } },
    });
  });

  afterAll(async () => {
    await stack?.stop();
    await filesystem?.stop();
  });

  async function play({ image, bytesPerSecond, volumes, kills }: Round): Promise<string[]> {
    const imageRef = images.add({ ...image, bytesPerSecond });
    offered.set(imageRef, image);
    const ids: string[] = [];
    while (ids.length < volumes) ids.push((await stack.api.create({ size: 1, imageRef })).id);
    created.push(...ids);
    for (const { app, afterMs } of kills) {
      await sleep(afterMs);
      await crash(stack.app(app));
    }
    return ids;
  }

  /** `whole`, or how the volume's create failed; anything else is wrong. */
  async function outcomeOf(id: string, image: MadeImage): Promise<string> {
    const { event } = await stack.watch.untilEnd(id, 60_000);
    const shown = await stack.api.settled(id);
    if (event.type !== 'VolumeProvisioned') {
      const { reason } = event.data.failure;
      return shown.status === 'error' && reason !== '' ? `error: ${reason}` : `${shown.status} without a reason`;
    }
    const digest = await digestOfDisk(await findVolumeFile(stack.backendDirectory, id), directory.path);
    if (shown.status !== 'available') return `provisioned, and shown as ${shown.status}`;
    return digest === digests.get(image) ? 'whole' : `the bytes of another disk: ${digest}`;
  }

  test(`P3 · P7: a kill at any moment of a fill ends in the image's bytes or in a reason (seed ${seed})`, async () => {
    const random = new Random(seed + fileSystems.indexOf(kind));
    const ends: Record<string, number> = {};
    for (let number = 0; number < Math.ceil(rounds / 2); number++) {
      const round = chooseRound(number, random);
      const ids = await play(round);
      const outcomes = await Promise.all(ids.map((id) => outcomeOf(id, round.image)));
      const told = { ...round, image: round.image.kind, seed, outcomes };
      expect({ ...told, outcomes: outcomes.filter((outcome) => !/^(whole$|error: )/.test(outcome)) }).toEqual({
        ...told,
        outcomes: [],
      });
      for (const outcome of outcomes) ends[outcome] = (ends[outcome] ?? 0) + 1;
    }
    // A good image fails only where crashes have used up its attempts.
    expect(ends['whole'] ?? 0).toBeGreaterThan(0.9 * created.length);
    // Kills that come before or after every fill would prove nothing.
    const events = await cacheEventsOfLog(stack);
    const [begun, done] = ['fill-started', 'create'].map(
      (type) => events.filter((event) => event.type === type).length,
    );
    expect(begun! - done!).toBeGreaterThanOrEqual(Math.floor(rounds / 2 / 5));
  });

  test('P14: what is left when the volumes are deleted are whole copies of images, and nothing else', async () => {
    for (const id of created) await stack.api.delete(id);
    await eventually(async () => (await Promise.all(created.map((id) => stack.api.isGone(id)))).every(Boolean), {
      ...{ timeoutMs: 60_000, intervalMs: 250 },
      what: 'the end of every volume',
    });
    await eventually(
      async () => {
        const [disk, log] = await Promise.all([objectsOnDisk(stack.backendDirectory), objectsOfLog(stack)]);
        return disk.join() === log.join();
      },
      { timeoutMs: 60_000, intervalMs: 250, what: 'the disk holding what the log says' },
    );
    const copies = new Map<string, string>();
    for (const event of await cacheEventsOfLog(stack)) {
      if (event.type === 'create') copies.set(event.data.imageVolumeId, event.data.imageId);
      if (event.type === 'reaped') copies.delete(event.data.imageVolumeId);
    }
    expect(copies.size).toBeGreaterThan(0);
    expect(await objectsOnDisk(stack.backendDirectory)).toEqual([...copies.keys()].map((id) => `volume-${id}`).sort());
    for (const [id, imageId] of copies) {
      const digest = await digestOfDisk(await findVolumeFile(stack.backendDirectory, id), directory.path);
      expect({ id, digest }).toEqual({ id, digest: digests.get(offered.get(imageId)!) });
    }
    await eventually(async () => (await usersOf(scratch)).length === 0, { what: 'nobody using the scratch folder' });
    expect(await filesBelow(scratch)).toEqual([]);
    const { pid } = stack.app('volume-manager');
    const users = await usersOf(stack.backendDirectory);
    expect(users.filter((user) => user.pid !== pid)).toEqual([]);
  });
});
