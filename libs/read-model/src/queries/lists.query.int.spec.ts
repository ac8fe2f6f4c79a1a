import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { administer } from '../testing/administer';
import { SampleLog } from '../testing/given';
import { projectLog } from '../testing/project-log';
import * as sample from '../testing/sample-events';
import { findAttachment, listAttachments, type AttachmentFilters } from './attachments.query';
import { MarkerNotFoundError, type Page } from './list-rows';
import { deleteMessage, findMessage, listMessages, type MessageFilters } from './messages.query';
import { findService, hostUsage, listServices } from './services.query';
import { findSnapshot, listSnapshots, type SnapshotFilters, type SnapshotListOptions } from './snapshots.query';
import { findTransfer, listTransfers } from './transfers.query';

let server: ThrowAwayPostgres;
let url: string;
let database: Database;

beforeAll(async () => {
  server = await throwAwayPostgres();
  url = await server.createDatabase('lists');
  await migrate({ url });
  database = new Database({ url });
  await projectLog(url, history());
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

/**
 * Volume 1 of `demo`, with snapshots 1 to 6 of which 3 failed and 4 is deleted, and attachments 1 to 3 of which 3 is gone; volume 2 of
 * `other`, on another pool, with snapshot 7, attachment 4, and an offer. Failures are told as if they had happened now.
 */
function history(): SampleLog {
  const log = new SampleLog();
  const [one, two] = [sample.volumeId(1), sample.volumeId(2)];
  const other = { projectId: 'other' as never };
  log.add('volume', one, sample.requested(1, { multiattach: true })).add('volume', two, sample.requested(2, other));
  log.add('volume', one, sample.placed(), sample.provisioned());
  log.add('volume', two, sample.placed(sample.poolB), sample.provisioned(sample.poolB));
  for (let snapshot = 1; snapshot <= 6; snapshot += 1) {
    const metadata = { even: String(snapshot % 2 === 0) };
    log.add('volume', one, sample.snapshotRequested(snapshot, { metadata, sizeGib: 1 + (snapshot % 2) }));
    if (snapshot !== 3)
      log.add('volume', one, sample.fact('SnapshotCreated', { snapshotId: sample.snapshotId(snapshot) }));
  }
  const failed = { snapshotId: sample.snapshotId(3), failure: sample.failure() };
  log.add('volume', one, sample.fact('SnapshotCreateFailed', failed));
  log.add('volume', one, sample.fact('SnapshotDeleted', { snapshotId: sample.snapshotId(4) }));
  log.add('volume', two, sample.snapshotRequested(7, other));
  log.add('volume', one, sample.attachmentReserved(1), sample.connectRequested(1), sample.connected(1));
  log.add('volume', one, sample.completed(1));
  log.add('volume', one, sample.attachmentReserved(2, 2)).add('volume', one, sample.attachmentReserved(3, 2));
  log.add('volume', one, sample.fact('VolumeAttachmentRemoved', { attachmentId: sample.attachmentId(3) }));
  log.add('volume', two, sample.attachmentReserved(4, null));
  log.add(
    'volume',
    two,
    sample.fact('VolumeExtensionFailed', { failure: sample.failure() }),
    sample.transferCreated(1),
  );
  log.add('service', 'store-02@fast', sample.serviceDisabled('disks'));
  log.add('service', 'store-01@fast', sample.settingsReported([sample.poolA]));
  return log.happeningNow();
}

const demo = { project: { id: 'demo' }, limit: 100 } as const;
const everything = { project: 'all', limit: 100 } as const;
const idsOf = ({ rows }: Page<{ readonly id: string }>) => rows.map(({ id }) => id);
const snapshots = (...ordinals: number[]) => ordinals.map(sample.snapshotId);
const attachments = (...ordinals: number[]) => ordinals.map(sample.attachmentId);

describe('snapshots', () => {
  const listed = async (options: Partial<SnapshotListOptions>) =>
    idsOf(await listSnapshots(database, { ...demo, ...options }));

  test('a project sees its own, newest first, without deleted ones', async () => {
    expect(await listed({})).toEqual(snapshots(6, 5, 3, 2, 1));
    expect(await listed({ project: 'all' })).toEqual(snapshots(7, 6, 5, 3, 2, 1));
    expect(await findSnapshot(database, sample.snapshotId(1))).toMatchObject({
      status: 'available',
      projectId: 'demo',
    });
    expect(await findSnapshot(database, sample.snapshotId(4))).toBeUndefined();
  });

  test.each<[string, SnapshotFilters, string[]]>([
    ['status', { status: 'error' }, snapshots(3)],
    ['volume', { volumeId: sample.volumeId(2) }, snapshots(7)],
    ['name', { name: ['snapshot 1', 'snapshot 2'] }, snapshots(2, 1)],
    ['a part of the name', { like: { name: 'SHOT 5' } }, snapshots(5)],
    ['metadata', { metadata: { even: 'true' } }, snapshots(6, 2)],
    ['size', { sizeGib: 10 }, snapshots(7)],
    ['the volume’s zone', { availabilityZone: 'nova', sizeGib: 1 }, snapshots(6, 2)],
    ['another zone', { availabilityZone: 'mars' }, []],
    ['the volume’s host', { host: 'store-02' }, snapshots(7)],
    ['the volume’s backend', { host: 'store-01@fast', status: 'error' }, snapshots(3)],
    ['quota that they do not use', { consumesQuota: false }, []],
  ])('a filter by %s', async (_name, filters, expected) => {
    expect(await listed({ project: 'all', filters })).toEqual(expected);
  });

  test('pages by size hold each once; a marker of another project is refused by name', async () => {
    const sort = [{ by: 'sizeGib', direction: 'asc' }] as const;
    const first = await listSnapshots(database, { ...demo, sort, limit: 3, withCount: true });
    expect(first.count).toBe(5);
    const rest = await listed({ sort, limit: 3, marker: idsOf(first).at(-1) });
    expect([...idsOf(first), ...rest]).toEqual(await listed({ sort }));
    await expect(listed({ marker: sample.snapshotId(7) })).rejects.toThrow(MarkerNotFoundError);
    await expect(listed({ marker: sample.snapshotId(7) })).rejects.toMatchObject({ noun: 'snapshot' });
  });
});

describe('attachments', () => {
  test('those that are there are listed, with the volume’s project', async () => {
    expect(idsOf(await listAttachments(database, demo))).toEqual(attachments(2, 1));
    expect(idsOf(await listAttachments(database, everything))).toEqual(attachments(4, 2, 1));
    expect(await findAttachment(database, sample.attachmentId(1))).toMatchObject({
      ...{ status: 'attached', connection: sample.connection, connector: { host: 'compute-01' } },
    });
    expect(await findAttachment(database, sample.attachmentId(3))).toBeUndefined();
  });

  test.each<[string, AttachmentFilters, string[]]>([
    ['volume', { volumeId: sample.volumeId(2) }, attachments(4)],
    ['server', { instanceId: sample.serverId(1) }, attachments(1)],
    ['status', { status: 'reserved' }, attachments(4, 2)],
    ['a part of the host’s name', { like: { hostName: 'compute' } }, attachments(1)],
  ])('a filter by %s', async (_name, filters, expected) => {
    expect(idsOf(await listAttachments(database, { ...everything, filters }))).toEqual(expected);
  });
});

test('transfers are listed for who offers, and found by whoever knows the id', async () => {
  expect(await listTransfers(database, demo)).toEqual({ rows: [], count: undefined });
  const offered = { project: { id: 'other' }, limit: 10, filters: { name: 'gift' } };
  expect(idsOf(await listTransfers(database, offered))).toEqual([sample.transferId(1)]);
  expect(await findTransfer(database, sample.transferId(1))).toMatchObject({ volumeId: sample.volumeId(2) });
  expect(await findTransfer(database, 'none')).toBeUndefined();
});

describe('messages', () => {
  test('a project sees its own, by what they are about', async () => {
    expect((await listMessages(database, demo)).rows).toMatchObject([
      { resourceUuid: sample.snapshotId(3), eventId: 'VOLUME_VOLUME_SNAPSHOT_009_013', projectId: 'demo' },
    ]);
    const found = async (filters: MessageFilters) =>
      (await listMessages(database, { ...everything, filters })).rows.length;
    expect(await found({})).toBe(2);
    expect(await found({ resourceType: 'VOLUME' })).toBe(1);
    expect(await found({ resourceUuid: sample.volumeId(2), requestId: 'req-1', messageLevel: 'ERROR' })).toBe(1);
    expect(await found({ eventId: 'VOLUME_VOLUME_007_010', like: { eventId: '007' } })).toBe(1);
  });

  test('one that was deleted is not shown again, whatever becomes of the tables that come from facts', async () => {
    const { rows } = await listMessages(database, { ...everything, filters: { resourceType: 'VOLUME' } });
    const { id } = rows[0]!;
    expect(await findMessage(database, id)).toEqual(rows[0]);
    await deleteMessage(database, id);
    await deleteMessage(database, id);
    await deleteMessage(database, 'none');
    expect(await findMessage(database, id)).toBeUndefined();
    expect((await listMessages(database, everything)).rows).toHaveLength(1);
    expect(await administer(url, 'select id from deleted_messages')).toEqual([{ id }]);
  });

  test('one that is older than it was guaranteed is not shown, and marks of such are dropped', async () => {
    await administer(url, `update messages set guaranteed_until = now() where resource_type = 'VOLUME_SNAPSHOT'`);
    await administer(url, `update deleted_messages set deleted_at = now() - interval '32 days'`);
    expect((await listMessages(database, everything)).rows).toEqual([]);
    await deleteMessage(database, 'none');
    expect(await administer(url, 'select id from deleted_messages')).toEqual([]);
  });
});

test('services are listed by name, with what they reported and why they get no work', async () => {
  expect(await listServices(database)).toMatchObject([
    { service: 'store-01@fast', disabled: false, pools: [sample.poolA] },
    { service: 'store-02@fast', disabled: true, disabledReason: 'disks', pools: [] },
  ]);
  expect(await findService(database, 'store-02@fast')).toMatchObject({ disabled: true });
  expect(await findService(database, 'none')).toBeUndefined();
});

test('a host’s volumes and snapshots add up by project', async () => {
  expect(await hostUsage(database, 'store-01')).toEqual([
    { projectId: 'demo', volumes: 1, gigabytes: 10, snapshots: 5, snapshotGigabytes: 8 },
  ]);
  expect(await hostUsage(database, 'store-02@fast')).toMatchObject([{ projectId: 'other', volumes: 1, snapshots: 1 }]);
  expect(await hostUsage(database, 'store-0')).toEqual([]);
});
