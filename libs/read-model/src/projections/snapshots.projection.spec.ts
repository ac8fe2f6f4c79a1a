import type { VolumeEvent } from '@hearth/contracts';
import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const lived = (...events: VolumeEvent[]) =>
  events.reduce<SampleLog>(
    (log, event) => log.add('volume', sample.volumeId(1), event),
    new SampleLog().add('volume', sample.volumeId(1), sample.requested(1), sample.placed(), sample.provisioned()),
  );
const rowOf = (...events: VolumeEvent[]) => given(lived(...events)).snapshots.get({ id: snapshotId });
const snapshotId = sample.snapshotId(1);
const requested = sample.snapshotRequested(1);
const created = sample.fact('SnapshotCreated', { snapshotId });
const deletion = sample.fact('SnapshotDeletionRequested', { snapshotId });
const failed = { snapshotId, failure: sample.failure() };

test('a requested snapshot is creating, with all that was asked for, and counts', () => {
  expect(rowOf(requested)).toEqual({
    ...{ id: snapshotId, volumeId: sample.volumeId(1), projectId: 'demo', userId: 'alice' },
    ...{ name: 'snapshot 1', description: null, metadata: {}, status: 'creating', progress: '0%', sizeGib: 10 },
    ...{ volumeTypeId: sample.volumeType(1).id, failure: null, requestId: 'req-1' },
    ...{ createdAt: momentOf(2), updatedAt: momentOf(2), deletedAt: null },
  });
  expect(given(lived(requested)).projectUsage.values()).toEqual([
    { projectId: 'demo', volumes: 1, gigabytes: 10, snapshots: 1, snapshotGigabytes: 10 },
  ]);
});

test.each<[string, string, VolumeEvent[]]>([
  ['available', 'once it was taken', [created]],
  ['error', 'when that failed', [sample.fact('SnapshotCreateFailed', failed)]],
  ['deleting', 'while it is deleted', [created, deletion]],
  ['error_deleting', 'when that failed', [created, deletion, sample.fact('SnapshotDeletionFailed', failed)]],
  ['deleting', 'while its volume is deleted', [created, sample.deletionRequested]],
  [
    'error_deleting',
    'when that failed',
    [created, sample.deletionRequested, sample.fact('VolumeDeletionFailed', { failure: failed.failure })],
  ],
  ['deleted', 'when its volume is gone', [created, sample.deletionRequested, sample.deleted]],
  [
    'error',
    'by an administrator’s word',
    [created, sample.fact('SnapshotStatusReset', { snapshotId, status: 'error' })],
  ],
  ['restoring', 'while its volume is reverted to it', [created, sample.fact('VolumeRevertRequested', { snapshotId })]],
  [
    'available',
    'when that is over',
    [created, sample.fact('VolumeRevertRequested', { snapshotId }), sample.fact('VolumeReverted', { snapshotId })],
  ],
  [
    'available',
    'when that is given up',
    [
      created,
      sample.fact('VolumeRevertRequested', { snapshotId }),
      sample.fact('VolumeStatusReset', { status: 'error' }),
    ],
  ],
])('it is %s %s', (status, _when, events) => {
  expect(rowOf(requested, ...events)).toMatchObject({ status });
});

test('name, description and metadata are as they were set', () => {
  const log = [
    sample.fact('SnapshotUpdated', { snapshotId, description: 'why' }),
    sample.fact('SnapshotMetadataSet', { snapshotId, metadata: { a: 'b' } }),
  ];
  expect(rowOf(requested, created, ...log)).toMatchObject({
    ...{ name: 'snapshot 1', description: 'why', metadata: { a: 'b' }, progress: '100%' },
  });
});

test.each([sample.fact('SnapshotDeleted', { snapshotId }), sample.fact('SnapshotUnmanaged', { snapshotId })])(
  'a snapshot that is gone keeps its row and counts no longer: %#',
  (gone) => {
    const rows = given(lived(requested, created, gone));
    expect(rows.snapshots.values()).toMatchObject([{ status: 'deleted', deletedAt: momentOf(4) }]);
    expect(rows.projectUsage.values()).toMatchObject([{ volumes: 1, snapshots: 0, snapshotGigabytes: 0 }]);
    expect(rows.volumes.values()).toMatchObject([{ snapshotIds: [] }]);
  },
);

test('a snapshot is no change of its volume', () => {
  expect(given(lived(requested, created)).volumes.values()).toMatchObject([
    { updatedAt: momentOf(1), snapshotIds: [snapshotId] },
  ]);
});

describe('a transfer', () => {
  const usageOf = (log: SampleLog) =>
    Object.fromEntries(
      given(log)
        .projectUsage.values()
        .map(({ projectId, ...usage }) => [projectId, usage]),
    );

  test('takes the snapshots along', () => {
    const log = lived(requested, created, sample.transferCreated(1), sample.transferAccepted(1));
    expect(given(log).volumes.values()).toMatchObject([{ projectId: 'other', userId: 'bob', status: 'available' }]);
    expect(given(log).snapshots.values()).toMatchObject([{ projectId: 'other', userId: 'bob' }]);
    expect(usageOf(log)).toEqual({
      demo: { volumes: 0, gigabytes: 0, snapshots: 0, snapshotGigabytes: 0 },
      other: { volumes: 1, gigabytes: 10, snapshots: 1, snapshotGigabytes: 10 },
    });
  });

  test('leaves them when it is told to', () => {
    const log = lived(requested, created, sample.transferCreated(1, true), sample.transferAccepted(1));
    expect(given(log).snapshots.values()).toMatchObject([{ projectId: 'demo', userId: 'alice' }]);
    expect(usageOf(log)).toEqual({
      demo: { volumes: 0, gigabytes: 0, snapshots: 1, snapshotGigabytes: 10 },
      other: { volumes: 1, gigabytes: 10, snapshots: 0, snapshotGigabytes: 0 },
    });
  });

  test('is listed until it is accepted or withdrawn, without any key', () => {
    const transferOf = (...events: VolumeEvent[]) => given(lived(...events)).transfers.values();
    const offered = {
      ...{ id: sample.transferId(1), volumeId: sample.volumeId(1), name: 'gift', noSnapshots: false },
      ...{ sourceProjectId: 'demo', createdAt: momentOf(2) },
    };
    const waiting = { accepted: false, destinationProjectId: null, deletedAt: null };
    expect(transferOf(sample.transferCreated(1))).toEqual([{ ...offered, ...waiting }]);
    expect(transferOf(sample.transferCreated(1), sample.transferAccepted(1))).toEqual([
      { ...offered, accepted: true, destinationProjectId: 'other', deletedAt: momentOf(3) },
    ]);
    const withdrawn = sample.fact('VolumeTransferDeleted', { transferId: sample.transferId(1) });
    expect(transferOf(sample.transferCreated(1), withdrawn)).toEqual([
      { ...offered, ...waiting, deletedAt: momentOf(3) },
    ]);
  });
});
