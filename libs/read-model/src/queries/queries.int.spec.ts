import { InMemoryEventStore } from '@hearth/event-sourcing';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { ReadModelUnavailableError } from '../database/read-model-unavailable.error';
import { migrate } from '../migrations/migrate';
import { ProjectionPosition } from '../projector/projection-position';
import { runProjector } from '../projector/projector';
import { administer } from '../testing/administer';
import { appendAll } from '../testing/append-all';
import { SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import { explainVolume, listNeededFills } from './cache.query';
import {
  quotaState,
  releaseReservation,
  reserveQuota,
  setQuotaLimits,
  sweepReservations,
  type QuotaExceeded,
} from './quota.query';
import { defaultVolumeType, findVolumeType, listVolumeTypes } from './volume-types.query';
import { findVolume, findVolumeEver, listVolumes, MarkerNotFoundError, type VolumeListOptions } from './volumes.query';

let server: ThrowAwayPostgres;
let url: string;
let database: Database;

beforeAll(async () => {
  server = await throwAwayPostgres();
  url = await server.createDatabase('queries');
  await migrate({ url });
  database = new Database({ url });
  await project(volumes());
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** Volumes 1 to 30 of `demo`, 31 to 40 of `other`; every third available, 5 deleted, one without a name, and an image-volume. */
function volumes(): SampleLog {
  const log = new SampleLog();
  for (let volume = 1; volume <= 40; volume += 1) {
    const projectId = (volume <= 30 ? 'demo' : 'other') as never;
    const name = volume === 4 ? null : `name ${volume % 10}`;
    log.add(
      'volume',
      sample.volumeId(volume),
      sample.requested(volume, { projectId, name, sizeGib: 1 + (volume % 4) }),
    );
    if (volume % 3 === 0) log.add('volume', sample.volumeId(volume), sample.placed(), sample.provisioned());
  }
  log.add('volume', sample.volumeId(5), sample.deletionRequested, sample.deleted);
  return log.add('image-cache', sample.poolA, sample.fillStarted(1), sample.joined(1, 2));
}

async function project(log: SampleLog): Promise<void> {
  const store = new InMemoryEventStore();
  const position = new ProjectionPosition();
  const stopped = new AbortController();
  const done = runProjector({ store, database: { url }, position, signal: stopped.signal });
  expect(await position.waitFor(await appendAll(store, log), 20_000)).toBe(true);
  stopped.abort();
  await done;
}

const demo = { project: { id: 'demo' }, limit: 100 } as const;
const idsOf = async (options: VolumeListOptions) => (await listVolumes(database, options)).volumes.map(({ id }) => id);

/** All pages of a list, three volumes a page. */
async function leaf(options: Omit<VolumeListOptions, 'limit'>): Promise<string[]> {
  const all: string[] = [];
  for (let marker: string | undefined; ; marker = all.at(-1)) {
    const page = await idsOf({ ...options, limit: 3, marker });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

describe('volumes', () => {
  test('a deleted volume is no longer found, but may be explained', async () => {
    expect(await findVolume(database, sample.volumeId(5))).toBeUndefined();
    expect(await findVolumeEver(database, sample.volumeId(5))).toMatchObject({ status: 'deleted' });
    expect(await explainVolume(database, sample.volumeId(5))).toMatchObject({ uses: [], claims: [], entry: undefined });
    expect(await explainVolume(database, 'none')).toBeUndefined();
  });

  test('an explanation shows what a create in progress holds', async () => {
    expect(await explainVolume(database, sample.volumeId(1))).toMatchObject({
      claims: [{ stage: 'filling', generation: 1 }],
      entry: { status: 'filling', imageVolumeId: sample.imageVolumeId(1) },
    });
  });

  test('a fill is needed by the volume that began it, by those that joined, and by its image-volume', async () => {
    const fill = { pool: sample.poolA, generation: 1 };
    const asked = [sample.volumeId(1), sample.volumeId(2), sample.volumeId(3), sample.imageVolumeId(1), 'none'];
    const found = await listNeededFills(database, asked);
    expect(found.sort((one, other) => one.volumeId.localeCompare(other.volumeId))).toEqual(
      [sample.volumeId(1), sample.volumeId(2), sample.imageVolumeId(1)].map((volumeId) => ({ volumeId, ...fill })),
    );
    expect(await listNeededFills(database, [])).toEqual([]);
  });

  test('a project sees its own volumes, newest first, without deleted ones', async () => {
    const expected = Array.from({ length: 30 }, (_, index) => 30 - index).filter((volume) => volume !== 5);
    expect(await idsOf(demo)).toEqual(expected.map(sample.volumeId));
  });

  test('all projects together include the image-volumes of the cache', async () => {
    const ids = await idsOf({ project: 'all', limit: 100 });
    expect(ids).toHaveLength(40);
    expect(ids[0]).toBe(sample.imageVolumeId(1));
  });

  test.each([
    ['newest first', undefined],
    [
      'by size, then oldest first',
      [
        { by: 'sizeGib', direction: 'asc' },
        { by: 'createdAt', direction: 'asc' },
      ],
    ],
    [
      'by size, mixed directions',
      [
        { by: 'sizeGib', direction: 'desc' },
        { by: 'createdAt', direction: 'asc' },
      ],
    ],
    ['by name, one of which is missing', [{ by: 'name', direction: 'asc' }]],
    ['by launch, which many have not had', [{ by: 'launchedAt', direction: 'desc' }]],
    [
      'by bootable and status',
      [
        { by: 'bootable', direction: 'asc' },
        { by: 'status', direction: 'desc' },
      ],
    ],
  ] as const)('pages %s hold every volume once, in order', async (_name, sort) => {
    expect(await leaf({ project: { id: 'demo' }, sort })).toEqual(await idsOf({ ...demo, sort }));
  });

  test('filters narrow a list and its count', async () => {
    const available = await listVolumes(database, {
      ...demo,
      limit: 2,
      filters: { status: 'available' },
      withCount: true,
    });
    expect(available.count).toBe(10);
    expect(available.volumes.map(({ id }) => id)).toEqual([30, 27].map(sample.volumeId));
    expect(await idsOf({ ...demo, filters: { name: 'name 7' } })).toEqual([27, 17, 7].map(sample.volumeId));
    expect(await idsOf({ ...demo, filters: { metadata: { purpose: 'other' } } })).toEqual([]);
    expect(await idsOf({ ...demo, filters: { metadata: { purpose: 'test' }, bootable: true } })).toHaveLength(10);
  });

  test('an offset skips, and a filter that is hostile is only text', async () => {
    expect(await idsOf({ ...demo, limit: 2, offset: 1 })).toEqual([29, 28].map(sample.volumeId));
    expect(await idsOf({ ...demo, filters: { name: "'; drop table volumes; --" } })).toEqual([]);
  });

  test('a marker of another project, deleted, or made up is refused', async () => {
    for (const marker of [sample.volumeId(31), sample.volumeId(5), 'no-such']) {
      await expect(listVolumes(database, { ...demo, marker })).rejects.toThrow(MarkerNotFoundError);
    }
  });
});

describe('volume types', () => {
  test('the default type is there from the start, found by name and by id', async () => {
    const type = await defaultVolumeType(database);
    expect(type).toMatchObject({ name: '__DEFAULT__', isPublic: true, extraSpecs: {} });
    expect(await findVolumeType(database, type.id)).toEqual(type);
    expect(await findVolumeType(database, 'none')).toBeUndefined();
    expect(await listVolumeTypes(database)).toEqual([type]);
  });

  test('a default type that is gone is named', async () => {
    await expect(defaultVolumeType(database, 'gone')).rejects.toThrow("the default volume type 'gone' does not exist");
  });
});

describe('quota', () => {
  const reserve = (projectId: string, volume: number, sizeGib: number) =>
    reserveQuota(database, { projectId, volumeId: sample.volumeId(volume), sizeGib });

  test('a hundred that ask at once never get more than the limit', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => reserve('racing', 1000 + index, 1)));
    expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(10);
    const refused = answers.find((answer) => answer !== 'reserved') as QuotaExceeded;
    expect(refused).toEqual({ exceeded: 'volumes', limit: 10, used: 10, requested: 1 });
    expect(await quotaState(database, 'racing')).toMatchObject({ volumes: { limit: 10, used: 0, reserved: 10 } });
  });

  test('gigabytes are limited by what volumes and reservations add up to', async () => {
    await setQuotaLimits(database, 'other', { volumes: -1, gigabytes: 100, perVolumeGigabytes: null });
    const { gigabytes } = await quotaState(database, 'other');
    expect(gigabytes).toEqual({ limit: 100, used: 25, reserved: 0 });
    expect(await reserve('other', 1200, 70)).toBe('reserved');
    expect(await reserve('other', 1201, 6)).toEqual({ exceeded: 'gigabytes', limit: 100, used: 95, requested: 6 });
    expect(await reserve('other', 1201, 5)).toBe('reserved');
    await releaseReservation(database, sample.volumeId(1200));
    expect(await reserve('other', 1202, 70)).toBe('reserved');
  });

  test('one volume may be limited by itself', async () => {
    await setQuotaLimits(database, 'small', { volumes: null, gigabytes: null, perVolumeGigabytes: 5 });
    expect(await reserve('small', 1300, 6)).toEqual({
      exceeded: 'per_volume_gigabytes',
      limit: 5,
      used: 0,
      requested: 6,
    });
    expect(await reserve('small', 1300, 5)).toBe('reserved');
  });

  test('asking again for the same volume holds nothing more', async () => {
    await setQuotaLimits(database, 'again', { volumes: 1, gigabytes: null, perVolumeGigabytes: null });
    expect(await reserve('again', 1400, 1)).toBe('reserved');
    expect(await reserve('again', 1400, 1)).toBe('reserved');
    expect(await quotaState(database, 'again')).toMatchObject({ volumes: { reserved: 1 } });
  });

  test('a volume that is in the rows already needs no room any more', async () => {
    expect(await reserve('demo', 1, 1_000_000)).toBe('reserved');
    expect(await administer(url, `select from quota_reservations where volume_id = '${sample.volumeId(1)}'`)).toEqual(
      [],
    );
  });

  test('a sweep gives back what no volume came of, and nothing younger', async () => {
    await administer(url, 'delete from quota_reservations');
    const old = "now() - interval '1 hour'";
    await administer(
      url,
      `insert into quota_reservations values ('abandoned', 'p', 1, ${old}), ('appended', 'p', 1, ${old})`,
    );
    await administer(
      url,
      `insert into quota_reservations values ('${sample.volumeId(2)}', 'p', 1, ${old}), ('young', 'p', 1, now())`,
    );
    const streamIsEmpty = async (id: string) => id !== 'appended';
    expect(await sweepReservations(database, { olderThanMs: 60_000, streamIsEmpty })).toBe(2);
    expect(await administer(url, 'select volume_id from quota_reservations order by 1')).toEqual([
      { volume_id: 'appended' },
      { volume_id: 'young' },
    ]);
  });
});

describe('a PostgreSQL that is away', () => {
  test('is reported as such, and used again when it is back', async () => {
    await server.kill();
    await expect(database.ping()).rejects.toThrow(ReadModelUnavailableError);
    await expect(findVolume(database, sample.volumeId(1))).rejects.toThrow(
      /the read model is unavailable .*ECONNREFUSED/,
    );
    await server.restart();
    expect(await findVolume(database, sample.volumeId(1))).toMatchObject({ id: sample.volumeId(1) });
  }, 60_000);

  test('a statement that takes too long is cut off', async () => {
    const impatient = new Database({ url, statementTimeoutMs: 50 });
    await expect(impatient.query({ name: '', text: 'select pg_sleep(60)' })).rejects.toThrow(ReadModelUnavailableError);
    await impatient.close();
  });
});
