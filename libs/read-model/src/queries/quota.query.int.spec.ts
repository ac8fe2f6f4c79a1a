import type { ProjectId } from '@hearth/kernel';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { clearQuotaLimits, findQuotaClass, setQuotaClass, setQuotaLimits } from '../configuration/quota-limits';
import { createVolumeType, deleteVolumeType, updateVolumeType } from '../configuration/volume-types';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { reservationKey } from '../projections/reservation-key';
import { administer } from '../testing/administer';
import { SampleLog } from '../testing/given';
import { projectLog } from '../testing/project-log';
import * as sample from '../testing/sample-events';
import {
  findQuotaSet,
  releaseReservation,
  reserveQuota,
  sweepReservations,
  type QuotaExceeded,
  type QuotaRequest,
} from './quota.query';

let server: ThrowAwayPostgres;
let url: string;
let database: Database;

const fast = { id: sample.volumeType(2).id, name: 'fast' };

beforeAll(async () => {
  server = await throwAwayPostgres();
  url = await server.createDatabase('quota');
  await migrate({ url });
  database = new Database({ url });
  await createVolumeType(database, { ...fast, description: null, isPublic: true });
  await projectLog(url, used());
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** The internal project of a cache that holds nothing yet. */
const ofEmptyCache = 'empty-internal' as ProjectId;

/** `demo` has two volumes of 10 GiB, one of them `fast` and with a snapshot of 10 GiB; the internal project an image-volume. */
function used(): SampleLog {
  return new SampleLog()
    .add('volume', sample.volumeId(1), sample.requested(1))
    .add('volume', sample.volumeId(2), sample.requested(2, { volumeType: { ...fast, extraSpecs: {} } }))
    .add('volume', sample.volumeId(2), sample.placed(), sample.provisioned(), sample.snapshotRequested(1))
    .add('image-cache', sample.poolA, sample.fillStarted(1))
    .add('service', 'store-01@fast', sample.settingsReported([sample.poolB], { internalProjectId: ofEmptyCache }));
}

const reserveVolume = (projectId: string, volume: number, sizeGib: number, more: Partial<QuotaRequest> = {}) => {
  const room = { volumes: 1, gigabytes: sizeGib, volumeGib: sizeGib };
  return reserveQuota(database, { key: sample.volumeId(volume), projectId, ...room, ...more });
};
const quotaOf = async (projectId: string, resource: string) => (await findQuotaSet(database, projectId))[resource];

test('the room that a key holds is room for no more than that, and for nobody else', async () => {
  expect(await reserveVolume('keyed', 2000, 1)).toBe('reserved');
  const tooLarge = await reserveVolume('keyed', 2000, 10_000);
  expect(tooLarge).toEqual({ exceeded: 'gigabytes', limit: 1000, used: 0, requested: 10_000 });
  expect(await reserveVolume('keyed', 2000, 5)).toBe('reserved');
  expect(await reserveVolume('keyed', 2000, 1)).toBe('reserved');
  expect(await quotaOf('keyed', 'gigabytes')).toEqual({ limit: 1000, inUse: 0, reserved: 5 });
  await setQuotaLimits(database, 'without', { volumes: 0 });
  const elsewhere = await reserveVolume('without', 2000, 1);
  expect(elsewhere).toEqual({ exceeded: 'volumes', limit: 0, used: 0, requested: 1 });
});

test('a hundred that ask at once never get more than the limit', async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => reserveVolume('racing', 1000 + index, 1)),
  );
  expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(10);
  const refused = answers.find((answer) => answer !== 'reserved') as QuotaExceeded;
  expect(refused).toEqual({ exceeded: 'volumes', limit: 10, used: 10, requested: 1 });
  expect(await quotaOf('racing', 'volumes')).toEqual({ limit: 10, inUse: 0, reserved: 10 });
});

test('gigabytes are limited by what volumes, snapshots and reservations add up to', async () => {
  await setQuotaLimits(database, 'demo', { volumes: -1, gigabytes: 100 });
  expect(await quotaOf('demo', 'gigabytes')).toEqual({ limit: 100, inUse: 30, reserved: 0 });
  expect(await reserveVolume('demo', 1200, 65)).toBe('reserved');
  expect(await reserveVolume('demo', 1201, 6)).toEqual({ exceeded: 'gigabytes', limit: 100, used: 95, requested: 6 });
  expect(await reserveVolume('demo', 1201, 5)).toBe('reserved');
  await releaseReservation(database, sample.volumeId(1200));
  await releaseReservation(database, sample.volumeId(1201));
  expect(await reserveVolume('demo', 1202, 70)).toBe('reserved');
  await releaseReservation(database, sample.volumeId(1202));
});

test('one volume may be limited by itself, which comes before all else', async () => {
  await setQuotaLimits(database, 'small', { per_volume_gigabytes: 5, gigabytes: 5 });
  const refused = { exceeded: 'per_volume_gigabytes', limit: 5, used: 0, requested: 6 };
  expect(await reserveVolume('small', 1300, 6)).toEqual(refused);
  expect(await reserveVolume('small', 1300, 5)).toBe('reserved');
});

test('asking again under the same key holds nothing more', async () => {
  await setQuotaLimits(database, 'again', { volumes: 1 });
  expect(await reserveVolume('again', 1400, 1)).toBe('reserved');
  expect(await reserveVolume('again', 1400, 1)).toBe('reserved');
  expect(await quotaOf('again', 'volumes')).toMatchObject({ reserved: 1 });
});

test('of two that ask for the same thing, what one gives back leaves the other its room', async () => {
  await setQuotaLimits(database, 'twice', { gigabytes: 5 });
  const key = reservationKey.extend(sample.volumeId(1450), 5);
  const room = { key, projectId: 'twice', gigabytes: 4, volumeGib: 5 };
  expect(await reserveQuota(database, { ...room, holder: 'one' })).toBe('reserved');
  expect(await reserveQuota(database, { ...room, holder: 'other' })).toBe('reserved');
  await releaseReservation(database, key, 'one');
  expect(await quotaOf('twice', 'gigabytes')).toMatchObject({ reserved: 4 });
  await releaseReservation(database, key, 'other');
  expect(await quotaOf('twice', 'gigabytes')).toMatchObject({ reserved: 0 });
});

test('a volume or a snapshot that is in the rows already needs no room any more', async () => {
  expect(await reserveVolume('demo', 1, 1_000_000)).toBe('reserved');
  const snapshot = { key: sample.snapshotId(1), projectId: 'demo', snapshots: 1, gigabytes: 1_000_000 };
  expect(await reserveQuota(database, snapshot)).toBe('reserved');
  expect(await administer(url, `select from quota_reservations where project_id = 'demo'`)).toEqual([]);
});

test('an extension asks for the difference, a snapshot for its size and for one', async () => {
  await setQuotaLimits(database, 'demo', { gigabytes: 40, snapshots: 1 });
  const extend = (toGib: number) => {
    const key = reservationKey.extend(sample.volumeId(1), toGib);
    return reserveQuota(database, { key, projectId: 'demo', gigabytes: toGib - 10, volumeGib: toGib });
  };
  expect(await extend(21)).toEqual({ exceeded: 'gigabytes', limit: 40, used: 30, requested: 11 });
  expect(await extend(15)).toBe('reserved');
  const snapshot = { key: reservationKey.create(sample.snapshotId(8)), projectId: 'demo', snapshots: 1, gigabytes: 1 };
  expect(await reserveQuota(database, snapshot)).toEqual({ exceeded: 'snapshots', limit: 1, used: 1, requested: 1 });
  await releaseReservation(database, reservationKey.extend(sample.volumeId(1), 15));
});

describe('a volume type', () => {
  test('has limits of its own, beside those of the project', async () => {
    await setQuotaLimits(database, 'demo', { gigabytes: 1000, snapshots: 10, gigabytes_fast: 25, volumes_fast: 2 });
    const fastVolume = { volumeType: fast };
    expect(await reserveVolume('demo', 1500, 6, fastVolume)).toEqual({
      ...{ exceeded: 'gigabytes_fast', limit: 25, used: 20, requested: 6 },
    });
    expect(await reserveVolume('demo', 1500, 2, fastVolume)).toBe('reserved');
    expect(await reserveVolume('demo', 1501, 2, fastVolume)).toEqual({
      ...{ exceeded: 'volumes_fast', limit: 2, used: 2, requested: 1 },
    });
    expect(await quotaOf('demo', 'gigabytes_fast')).toEqual({ limit: 25, inUse: 20, reserved: 2 });
    expect(await quotaOf('demo', 'snapshots_fast')).toEqual({ limit: -1, inUse: 1, reserved: 0 });
    expect(await quotaOf('demo', 'volumes')).toMatchObject({ inUse: 2, reserved: 1 });
    await releaseReservation(database, sample.volumeId(1500));
  });

  test('is all that a retype is held against', async () => {
    await setQuotaLimits(database, 'demo', { volumes: 2, volumes_fast: 2 });
    const key = reservationKey.retype(sample.volumeId(1), fast.id);
    const retype = { key, projectId: 'demo', volumes: 1, gigabytes: 5, volumeType: fast, typeOnly: true };
    expect(await reserveQuota(database, retype)).toBe('reserved');
    expect(await quotaOf('demo', 'volumes')).toMatchObject({ inUse: 2, reserved: 0 });
    expect(await quotaOf('demo', 'volumes_fast')).toMatchObject({ inUse: 1, reserved: 1 });
    await releaseReservation(database, key);
  });

  test('takes its limits along when it is renamed, and away when it is deleted', async () => {
    const slow = sample.volumeType(3).id;
    await createVolumeType(database, { id: slow, name: 'slow', description: null, isPublic: true });
    await setQuotaLimits(database, 'renamed', { volumes_slow: 3 });
    await setQuotaClass(database, 'default', { gigabytes_slow: 7 });
    await updateVolumeType(database, slow, { name: 'slower' });
    expect(await quotaOf('renamed', 'volumes_slower')).toMatchObject({ limit: 3 });
    expect(await quotaOf('renamed', 'gigabytes_slower')).toMatchObject({ limit: 7 });
    expect(await quotaOf('renamed', 'volumes_slow')).toBeUndefined();
    await deleteVolumeType(database, slow);
    expect(await administer(url, `select from quota_limits where resource like '%slow%'`)).toEqual([]);
    expect(await administer(url, `select from quota_classes where resource like '%slow%'`)).toEqual([]);
  });
});

test('limits that were left under a name do not stand in the way of a type that takes it', async () => {
  const renamed = sample.volumeType(4).id;
  await createVolumeType(database, { id: renamed, name: 'plain', description: null, isPublic: true });
  await setQuotaLimits(database, 'left', { volumes_plain: 3, volumes_left: 4, gigabytes_left: 5 });
  await setQuotaClass(database, 'default', { snapshots_plain: 6, snapshots_left: 7 });
  await updateVolumeType(database, renamed, { name: 'left' });
  expect(await quotaOf('left', 'volumes_left')).toMatchObject({ limit: 3 });
  expect(await quotaOf('left', 'gigabytes_left')).toMatchObject({ limit: -1 });
  expect(await quotaOf('left', 'snapshots_left')).toMatchObject({ limit: 6 });
  await deleteVolumeType(database, renamed);
});

test('a project’s set names every resource in Cinder’s order, with Cinder’s defaults', async () => {
  const set = await findQuotaSet(database, 'nobody');
  expect(Object.entries(set).map(([resource, { limit }]) => [resource, limit])).toEqual([
    ...[
      ['volumes', 10],
      ['per_volume_gigabytes', -1],
      ['snapshots', 10],
      ['gigabytes', 1000],
    ],
    ...[
      ['backups', 10],
      ['backup_gigabytes', 1000],
      ['groups', 10],
    ],
    ...[
      ['volumes___DEFAULT__', -1],
      ['gigabytes___DEFAULT__', -1],
      ['snapshots___DEFAULT__', -1],
    ],
    ...[
      ['volumes_fast', -1],
      ['gigabytes_fast', -1],
      ['snapshots_fast', -1],
    ],
  ]);
  expect(Object.values(set).every(({ inUse, reserved }) => inUse === 0 && reserved === 0)).toBe(true);
});

test('I.31: a project whose volumes are image-volumes has no limit of volumes and GiB but those that were set for it', async () => {
  const project = sample.internalProject;
  const limits = async () => {
    const { volumes, gigabytes, snapshots } = await findQuotaSet(database, project);
    return [volumes?.limit, gigabytes?.limit, snapshots?.limit];
  };
  expect(await limits()).toEqual([-1, -1, 10]);
  expect(await quotaOf(project, 'volumes')).toMatchObject({ inUse: 1 });
  await setQuotaLimits(database, project, { volumes: 3 });
  expect(await limits()).toEqual([3, -1, 10]);
  await clearQuotaLimits(database, project);
  expect(await limits()).toEqual([-1, -1, 10]);
});

test('I.31: nor has the project of a cache that is empty still', async () => {
  expect(await quotaOf(ofEmptyCache, 'volumes')).toEqual({ limit: -1, inUse: 0, reserved: 0 });
  expect(await quotaOf(ofEmptyCache, 'gigabytes')).toMatchObject({ limit: -1 });
  expect(await quotaOf(ofEmptyCache, 'snapshots')).toMatchObject({ limit: 10 });
  await setQuotaLimits(database, ofEmptyCache, { gigabytes: 7 });
  expect(await quotaOf(ofEmptyCache, 'gigabytes')).toMatchObject({ limit: 7 });
});

test('a limit holds for the project that it is set for, until it is cleared', async () => {
  await setQuotaLimits(database, 'own', { volumes: 3, backups: 0 });
  await setQuotaLimits(database, 'own', { volumes: 4 });
  expect(await quotaOf('own', 'volumes')).toMatchObject({ limit: 4 });
  expect(await quotaOf('own', 'backups')).toMatchObject({ limit: 0 });
  await clearQuotaLimits(database, 'own');
  expect(await quotaOf('own', 'volumes')).toMatchObject({ limit: 10 });
});

test('the default class holds for every project without a limit of its own; other classes build on it', async () => {
  await setQuotaClass(database, 'default', { groups: 12 });
  await setQuotaClass(database, 'gold', { volumes: 99 });
  expect(await quotaOf('nobody', 'groups')).toMatchObject({ limit: 12 });
  expect(await findQuotaClass(database)).toMatchObject({ groups: 12, volumes: 10, volumes_fast: -1 });
  expect(await findQuotaClass(database, 'gold')).toMatchObject({ groups: 12, volumes: 99 });
  expect(await quotaOf('nobody', 'volumes')).toMatchObject({ limit: 10 });
});

describe('a sweep', () => {
  beforeEach(async () => {
    await administer(url, 'delete from quota_reservations');
    const row = (key: string, at: string) => `('${key}', 'p', 1, 1, 0, null, false, ${at})`;
    const rows = [row('old', `now() - interval '1 hour'`), row('young', 'now()')];
    await administer(url, `insert into quota_reservations values ${rows.join(', ')}`);
  });
  const left = async () =>
    (await administer(url, 'select key from quota_reservations order by 1')).map(({ key }) => key);

  test('gives back what nothing came of, and nothing younger', async () => {
    expect(await sweepReservations(database, { olderThanMs: 60_000, caughtUp: async () => true })).toBe(1);
    expect(await left()).toEqual(['young']);
  });

  test('gives back nothing while facts may wait to be projected', async () => {
    expect(await sweepReservations(database, { olderThanMs: 60_000, caughtUp: async () => false })).toBe(0);
    expect(await left()).toEqual(['old', 'young']);
  });

  test('gives back nothing that was asked for anew while it waited for the tables', async () => {
    const caughtUp = async () => {
      await reserveQuota(database, { key: 'old', projectId: 'p', volumes: 1, gigabytes: 2 });
      return true;
    };
    expect(await sweepReservations(database, { olderThanMs: 60_000, caughtUp })).toBe(0);
    expect(await left()).toEqual(['old', 'young']);
  });

  test('asks whether the tables have caught up after it has looked, so that a fact that came between takes its own', async () => {
    const caughtUp = async () => {
      await releaseReservation(database, 'old');
      await administer(
        url,
        `insert into quota_reservations values ('later', 'p', 1, 1, 0, null, false, now() - interval '1 day')`,
      );
      return true;
    };
    expect(await sweepReservations(database, { olderThanMs: 60_000, caughtUp })).toBe(0);
    expect(await left()).toEqual(['later', 'young']);
  });
});
