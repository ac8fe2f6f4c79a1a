import type { VolumeEvent } from '@hearth/contracts';
import { fold } from '@hearth/kernel';
import { given } from '@hearth/testing';
import { OrderedMap } from './ordered-map';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  deletionFailed,
  deletionRequested,
  examplePool,
  exampleRequest,
  exampleSnapshotId,
  failed,
  made,
  snapshotCreated,
  snapshotRequested,
} from './volume.examples';
import { owedSteps } from './volume.next-step';

const { projectId, userId } = exampleRequest;
const snapshotId = exampleSnapshotId;
const laterId = '5a000000-0000-4000-8000-000000000002';
const failure = failed('backend.failed');
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const cascade: VolumeCommand = { do: 'DeleteVolume', userId, cascade: true };
const deletion = (id: string): VolumeEvent => ({ type: 'SnapshotDeletionRequested', data: { snapshotId: id } });

/** A snapshot in each status, by how it came to it. */
const snapshots = {
  creating: [snapshotRequested()],
  available: [snapshotRequested(), snapshotCreated()],
  error: [snapshotRequested(), { type: 'SnapshotCreateFailed', data: { snapshotId, failure } }],
  restoring: [snapshotRequested(), snapshotCreated(), { type: 'VolumeRevertRequested', data: { snapshotId } }],
  deleting: [snapshotRequested(), snapshotCreated(), deletion(snapshotId)],
  error_deleting: [
    snapshotRequested(),
    snapshotCreated(),
    deletion(snapshotId),
    { type: 'SnapshotDeletionFailed', data: { snapshotId, failure } },
  ],
  gone: [
    snapshotRequested(),
    snapshotCreated(),
    deletion(snapshotId),
    { type: 'SnapshotDeleted', data: { snapshotId } },
  ],
} as const satisfies Record<string, readonly VolumeEvent[]>;
type Status = keyof typeof snapshots;
const statuses = Object.keys(snapshots) as Status[];

/** Event, nothing, or the refusal, by the status of the snapshot, in the order of the statuses above. */
const table: readonly (readonly [what: string, command: VolumeCommand, outcomes: readonly string[]])[] = [
  [
    'delete',
    { do: 'DeleteSnapshot', snapshotId, force: false },
    [
      'snapshot.wrong_status',
      'SnapshotDeletionRequested',
      'SnapshotDeletionRequested',
      'snapshot.wrong_status',
      '',
      'SnapshotDeletionRequested',
      'snapshot.not_found',
    ],
  ],
  [
    'force delete',
    { do: 'DeleteSnapshot', snapshotId, force: true },
    [
      'SnapshotDeletionRequested',
      'SnapshotDeletionRequested',
      'SnapshotDeletionRequested',
      'snapshot.wrong_status',
      '',
      'SnapshotDeletionRequested',
      'snapshot.not_found',
    ],
  ],
  [
    'unmanage',
    { do: 'UnmanageSnapshot', snapshotId },
    [
      'snapshot.wrong_status',
      'SnapshotUnmanaged',
      'SnapshotUnmanaged',
      'snapshot.wrong_status',
      'snapshot.wrong_status',
      'SnapshotUnmanaged',
      'snapshot.not_found',
    ],
  ],
  [
    'report that it is made',
    { do: 'RecordSnapshotCreated', snapshotId },
    ['SnapshotCreated', '', ...Array<string>(5).fill('volume.work_ended')],
  ],
  [
    'report that it could not be made',
    { do: 'RecordSnapshotFailure', snapshotId, failure },
    ['SnapshotCreateFailed', 'volume.work_ended', '', ...Array<string>(4).fill('volume.work_ended')],
  ],
  [
    'report that it is deleted',
    { do: 'RecordSnapshotDeleted', snapshotId },
    [...Array<string>(4).fill('volume.work_ended'), 'SnapshotDeleted', 'volume.work_ended', ''],
  ],
  [
    'report that it could not be deleted',
    { do: 'RecordSnapshotDeletionFailure', snapshotId, failure },
    [...Array<string>(4).fill('volume.work_ended'), 'SnapshotDeletionFailed', '', 'volume.work_ended'],
  ],
  [
    'revert',
    { do: 'Revert', snapshotId },
    [
      'snapshot.wrong_status',
      'VolumeRevertRequested',
      'snapshot.wrong_status',
      'volume.wrong_status',
      'snapshot.wrong_status',
      'snapshot.wrong_status',
      'snapshot.not_found',
    ],
  ],
];

describe.each(table)('%s', (_what, command, outcomes) => {
  test.each(statuses)('a snapshot that is %s', (status) => {
    const { decision } = volume(...snapshots[status]).when(command);
    const outcome = 'refused' in decision ? decision.refused : decision.map(({ type }) => type).join();
    expect(outcome).toBe(outcomes[statuses.indexOf(status)]);
  });
});

test.each(statuses.filter((status) => status !== 'gone'))('a snapshot that is %s says so on the wire', (status) => {
  const { state } = volume(...snapshots[status]);
  expect('snapshots' in state && state.snapshots.get(snapshotId)?.status).toBe(status);
});

describe('reverting', () => {
  test('is to the latest snapshot only', () => {
    const both = [snapshotRequested(), snapshotCreated(), snapshotRequested(laterId), snapshotCreated(laterId)];
    volume(...both)
      .when({ do: 'Revert', snapshotId })
      .thenRefused('snapshot.not_latest');
    volume(...both)
      .when({ do: 'Revert', snapshotId: laterId })
      .thenTypes('VolumeRevertRequested');
  });
  test('is refused where the volume has grown since', () =>
    expect(
      volume(...snapshots.available, ...grown).when({
        do: 'Revert',
        snapshotId,
      }).decision,
    ).toMatchObject({ refused: 'snapshot.size_differs', data: { sizeGib: 10, volumeSizeGib: 20 } }));
  test('gives the snapshot back, and leaves a volume in error if it fails', () => {
    expect(volume(...snapshots.restoring, { type: 'VolumeReverted', data: { snapshotId } }).state).toMatchObject({
      label: 'available',
      snapshots: OrderedMap.of([[snapshotId, expect.objectContaining({ status: 'available' })]]),
    });
    expect(
      volume(...snapshots.restoring, { type: 'VolumeRevertFailed', data: { snapshotId, failure } }).state,
    ).toMatchObject({
      label: 'error',
      snapshots: OrderedMap.of([[snapshotId, expect.objectContaining({ status: 'available' })]]),
    });
  });
  test('is given up when the status is reset, and the snapshot is as it was', () =>
    expect(
      volume(...snapshots.restoring, { type: 'VolumeStatusReset', data: { status: 'error' } }).state,
    ).toMatchObject({
      work: undefined,
      snapshots: OrderedMap.of([[snapshotId, expect.objectContaining({ status: 'available' })]]),
    }));
});
const grown: readonly VolumeEvent[] = [
  { type: 'VolumeExtensionRequested', data: { fromGib: 10, toGib: 20 } },
  { type: 'VolumeExtended', data: { toGib: 20 } },
];

describe('deleting a volume with its snapshots', () => {
  test('has to be asked for', () =>
    volume(...snapshots.available)
      .when({ do: 'DeleteVolume', userId })
      .thenRefused('volume.has_snapshots'));
  test('is asked for once: each of them goes before the volume', () => {
    const asked = volume(...snapshots.available).when(cascade);
    asked.then({ type: 'VolumeDeletionRequested', data: { userId, cascade: true } });
    const state = fold(volumeDecider, asked.decision as never, volume(...snapshots.available).state);
    expect(owedSteps(state)).toMatchObject([{ do: 'delete-from-pool', pool: examplePool, snapshots: [snapshotId] }]);
  });
  test('says of each that it is being deleted', () =>
    expect(volume(...snapshots.available, deletionRequested()).state).toMatchObject({
      snapshots: OrderedMap.of([[snapshotId, expect.objectContaining({ status: 'deleting', work: 'delete' })]]),
    }));
  test.each(['creating', 'deleting'] as const)('is refused while one is %s', (status) =>
    volume(...snapshots[status])
      .when(cascade)
      .thenRefused('volume.has_snapshots'),
  );
  test('is refused if one stayed with another project, unless it is forced', () => {
    const stayed = volume(
      ...snapshots.available,
      {
        type: 'VolumeTransferCreated',
        data: { transferId: 't', name: null, salt: '', keyHash: '', noSnapshots: true },
      },
      { type: 'VolumeTransferAccepted', data: { transferId: 't', projectId: 'other' as never, userId } },
    );
    stayed.when(cascade).thenRefused('volume.has_snapshots');
    stayed.when({ ...cascade, force: true }).thenTypes('VolumeDeletionRequested');
  });
  const begun = [...snapshots.available, deletionRequested()];
  test('leaves those to go that nothing was said of', () => {
    volume(...begun)
      .when({ do: 'RecordDeleted' })
      .thenTypes('VolumeDeleted');
    volume(...begun)
      .when({ do: 'RecordSnapshotDeleted', snapshotId })
      .thenTypes('SnapshotDeleted');
  });
  test('may fail, and be asked for again', () => {
    const failing = volume(...begun).when({ do: 'RecordDeletionFailure', failure });
    failing.then({ type: 'VolumeDeletionFailed', data: { failure } });
    const stuck = volume(...begun, deletionFailed());
    expect(stuck.state).toMatchObject({
      snapshots: OrderedMap.of([[snapshotId, expect.objectContaining({ status: 'error_deleting', work: undefined })]]),
    });
    stuck.when(cascade).thenTypes('VolumeDeletionRequested');
  });
  test('is read from facts that name each of them, too', () => {
    const named = [...snapshots.available, deletion(snapshotId), deletionRequested()];
    expect(volume(...named).state).toEqual(volume(...begun).state);
    expect(
      volume(...named, { type: 'SnapshotDeletionFailed', data: { snapshotId, failure } }, deletionFailed()).state,
    ).toEqual(volume(...begun, deletionFailed()).state);
  });
});

test('a snapshot has the size of the volume at that moment', () => {
  const snapshot = { snapshotId, projectId, userId, name: null, description: null, metadata: {} };
  const { decision } = volume(...grown).when({ do: 'CreateSnapshot', snapshot, force: false });
  expect(decision).toMatchObject([{ data: { sizeGib: 20 } }]);
});

test('another project’s snapshot under the same id is refused', () =>
  volume(...snapshots.creating)
    .when({
      do: 'CreateSnapshot',
      snapshot: { snapshotId, projectId: 'other' as never, userId, name: null, description: null, metadata: {} },
      force: false,
    })
    .thenRefused('snapshot.exists'));

test('metadata of a snapshot is changed like a volume’s', () => {
  const change = (command: VolumeCommand) => volume(...snapshots.available).when(command);
  change({ do: 'ChangeSnapshotMetadata', snapshotId, change: { merge: { a: '1' } } }).then({
    type: 'SnapshotMetadataSet',
    data: { snapshotId, metadata: { a: '1' } },
  });
  change({ do: 'ChangeSnapshotMetadata', snapshotId, change: { remove: 'a' } }).thenRefused(
    'snapshot.metadata_key_not_found',
  );
  change({ do: 'UpdateSnapshot', snapshotId, name: 'before the upgrade' }).thenNothing();
});
