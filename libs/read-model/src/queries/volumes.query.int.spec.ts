import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { ReadModelUnavailableError } from '../database/read-model-unavailable.error';
import { migrate } from '../migrations/migrate';
import { momentOf, SampleLog } from '../testing/given';
import { projectLog } from '../testing/project-log';
import * as sample from '../testing/sample-events';
import { explainVolume, listNeededFills } from './cache.query';
import { MarkerNotFoundError } from './list-rows';
import { summarizeVolumes } from './volume-summary.query';
import { findVolume, findVolumeEver, listVolumes, type VolumeFilters, type VolumeListOptions } from './volumes.query';

let server: ThrowAwayPostgres;
let url: string;
let database: Database;

beforeAll(async () => {
  server = await throwAwayPostgres();
  url = await server.createDatabase('queries');
  await migrate({ url });
  database = new Database({ url });
  await projectLog(url, history());
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** Volumes 1 to 30 of `demo`, 31 to 40 of `other`; every third available, 5 deleted, one without a name, and an image-volume. */
function history(): SampleLog {
  const log = new SampleLog();
  for (let volume = 1; volume <= 40; volume += 1) {
    const projectId = (volume <= 30 ? 'demo' : 'other') as never;
    const name = volume === 4 ? null : `name ${volume % 10}`;
    log.add(
      'volume',
      sample.volumeId(volume),
      sample.requested(volume, { projectId, name, sizeGib: 1 + (volume % 4), ...more(volume) }),
    );
    if (volume % 3 === 0) log.add('volume', sample.volumeId(volume), sample.placed(), sample.provisioned());
  }
  log.add('volume', sample.volumeId(5), sample.deletionRequested, sample.deleted);
  log.add('volume', sample.volumeId(9), sample.fact('VolumeReadOnlySet', { readOnly: true }));
  log.add('volume', sample.volumeId(12), sample.fact('VolumeReadOnlySet', { readOnly: false }));
  log.add('volume', sample.volumeId(15), sample.fact('VolumeStatusReset', { migrationStatus: 'migrating' }));
  log.add('volume', sample.volumeId(18), sample.fact('VolumeStatusReset', { migrationStatus: 'target:other' }));
  log.add(
    'volume',
    sample.volumeId(30),
    sample.fact('VolumeMetadataSet', { metadata: { purpose: 'other', more: 'x' } }),
  );
  return log.add('image-cache', sample.poolA, sample.fillStarted(1), sample.joined(1, 2));
}

/** The first one has all that is rare. */
function more(volume: number) {
  const pool = sample.poolA;
  if (volume !== 1) return {};
  const source = { kind: 'snapshot', snapshotId: sample.snapshotId(9), volumeId: sample.volumeId(90), pool } as const;
  return { source, multiattach: true, encryptionKeyId: 'key-1' };
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
    expect(await idsOf({ ...demo, filters: { metadata: { purpose: 'no such' } } })).toEqual([]);
    expect(await idsOf({ ...demo, filters: { metadata: { purpose: 'test' }, bootable: true } })).toHaveLength(9);
  });

  const few = (...volumes: number[]) => volumes.map(sample.volumeId);
  test.each<[string, VolumeFilters, string[]]>([
    ['a list of statuses', { status: ['error', 'available'] }, few(30, 27, 24)],
    ['a list of ids', { id: [sample.volumeId(3), sample.volumeId(31), 'no-such'] }, few(3)],
    ['a part of the name, in whatever case', { like: { name: 'AME 7' } }, few(27, 17, 7)],
    ['a part in which nothing is a wild card', { like: { name: 'name _' } }, []],
    ['several parts', { like: { name: '7', status: 'avail' } }, few(27)],
    ['creation after', { createdAt: { gt: momentOf(38) } }, few(30)],
    ['creation between', { createdAt: { gte: momentOf(1), lte: momentOf(2) } }, few(2, 1)],
    ['creation at and not at', { createdAt: { eq: momentOf(1), neq: momentOf(2) } }, few(1)],
    ['a change before', { updatedAt: { lt: momentOf(2) } }, few(1)],
    ['sizes', { sizeGib: [1, 99], createdAt: { lt: momentOf(8) } }, few(4)],
    ['a host, of which it is one pool', { host: 'store-01', createdAt: { lt: momentOf(8) } }, few(6, 3)],
    ['a backend', { host: 'store-01@fast', createdAt: { lt: momentOf(8) } }, few(6, 3)],
    ['a host whose name only begins so', { host: 'store-0' }, []],
    ['readonly, which is no metadatum', { metadata: { readonly: 'True', purpose: 'test' } }, few(9)],
    ['readonly that was taken back', { metadata: { readonly: 'False' } }, few(12)],
    ['a type that none has', { volumeTypeId: sample.volumeType(2).id }, []],
    ['encrypted ones', { encrypted: true }, few(1)],
    ['those for several servers', { multiattach: true }, few(1)],
    ['what it was made from', { snapshotId: sample.snapshotId(9) }, few(1)],
    ['part of a migration', { isMigration: true }, few(18, 15)],
    ['a migration’s status', { migrationStatus: 'migrating' }, few(15)],
    ['those that use no quota', { consumesQuota: false }, []],
    ['those of a group', { groupId: 'any' }, []],
  ])('a filter by %s', async (_name, filters, expected) => {
    expect((await idsOf({ ...demo, filters })).slice(0, 3)).toEqual(expected);
  });

  test('targets of migrations can be left out, and nothing is asked for by a filter that says no', async () => {
    expect(await idsOf({ ...demo, filters: { noMigrationTargets: true } })).toHaveLength(28);
    const filters = { noMigrationTargets: false, like: {}, createdAt: {}, consumesQuota: true };
    expect(await idsOf({ ...demo, filters })).toHaveLength(29);
    expect(await idsOf({ ...demo, filters: { encrypted: false, multiattach: false } })).toHaveLength(28);
  });

  test('a summary adds up what a list would show, with every value of every key', async () => {
    const expected = await listVolumes(database, { ...demo, withCount: true });
    const sizeGib = expected.volumes.reduce((sum, volume) => sum + volume.sizeGib, 0);
    expect(await summarizeVolumes(database, { project: demo.project })).toEqual({ count: 29, sizeGib });
    expect(await summarizeVolumes(database, { project: demo.project, withMetadata: true })).toMatchObject({
      metadata: { purpose: ['other', 'test'], more: ['x'] },
    });
    expect(await summarizeVolumes(database, { project: { id: 'none' }, withMetadata: true })).toEqual({
      ...{ count: 0, sizeGib: 0, metadata: {} },
    });
    const filtered = { project: 'all', filters: { status: 'available', host: 'store-01' } } as const;
    expect(await summarizeVolumes(database, filtered)).toMatchObject({ count: 13 });
  });

  test('several projects may be asked for at once', async () => {
    const project = { id: ['other', sample.internalProject] };
    expect(await idsOf({ project, limit: 100 })).toHaveLength(11);
  });

  test('a list says nothing of how a volume came to be, which may be long', async () => {
    const { volumes } = await listVolumes(database, demo);
    expect(Object.keys(volumes[0]!)).toEqual(expect.not.arrayContaining(['decision', 'placements']));
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
