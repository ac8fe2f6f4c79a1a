import type { VolumeEvent } from '@hearth/contracts';
import { fold, isRefusal } from '@hearth/kernel';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  attachmentReserved,
  connected,
  connectRequested,
  createFailed,
  deleted,
  deletionFailed,
  deletionRequested,
  disconnectRequested,
  exampleConnector,
  exampleImage,
  exampleInstanceId,
  exampleRequest,
  exampleSnapshotId,
  exampleTransferId,
  exampleUpload,
  extensionRequested,
  failed,
  made,
  placed,
  requested,
  snapshotCreated,
  snapshotRequested,
  statusReset,
  transferCreated,
} from './volume.examples';
import { labelOf } from './volume.label';

const failure = failed('backend.failed');
const reset = (status: string): readonly VolumeEvent[] => [...made(), statusReset(status)];
const snapshotted = [...made(), snapshotRequested(), snapshotCreated()];

/** A volume in each status that a client can see, by how it came to it. Two words have more than one way. */
const volumes = {
  absent: [],
  creating: [requested(), placed()],
  available: made(),
  reserved: [...made(), attachmentReserved()],
  attaching: [...made(), attachmentReserved(), connectRequested(), connected()],
  'in-use': [...made(), ...attached()],
  detaching: [...made(), ...attached(), disconnectRequested()],
  extending: [...made(), extensionRequested()],
  error_extending: [...made(), extensionRequested(), { type: 'VolumeExtensionFailed', data: { failure } }],
  reverting: [...snapshotted, { type: 'VolumeRevertRequested', data: { snapshotId: exampleSnapshotId } }],
  uploading: [...made(), { type: 'VolumeUploadRequested', data: exampleUpload }],
  downloading: [...made(), { type: 'VolumeReimageRequested', data: { image: exampleImage } }],
  'awaiting-transfer': [...made(), transferCreated()],
  maintenance: reset('maintenance'),
  error_restoring: reset('error_restoring'),
  error_managing: reset('error_managing'),
  'backing-up': reset('backing-up'),
  retyping: reset('retyping'),
  error: reset('error'),
  'error of the create': [requested(), placed(), createFailed()],
  deleting: [...made(), deletionRequested()],
  error_deleting: [...made(), deletionRequested(), deletionFailed()],
  deleted: [...made(), deletionRequested(), deleted()],
} as const satisfies Record<string, readonly VolumeEvent[]>;

type Situation = keyof typeof volumes;
const situations = Object.keys(volumes) as Situation[];
const there = situations.filter((one) => one !== 'absent' && one !== 'deleted');
const without = (...not: readonly Situation[]) => there.filter((one) => !not.includes(one));

const { projectId, userId } = exampleRequest;
const otherType = { id: '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0d', name: 'slow', extraSpecs: {} };
const newSnapshot = {
  snapshotId: '5a000000-0000-4000-8000-000000000009',
  projectId,
  userId,
  name: null,
  description: null,
  metadata: {},
};
const transfer = {
  id: '7f000000-0000-4000-8000-000000000009',
  name: null,
  salt: 's',
  keyHash: 'h',
  noSnapshots: true,
};
const attachmentId = 'a7000000-0000-4000-8000-000000000009';
const legacyAttach = { instanceId: null, hostName: 'compute-2', mountpoint: '/dev/vdb', mode: 'rw' } as const;

/** What each command may be asked of: the statuses in which it leads to events. In all others it leads to none. */
const table: readonly (readonly [what: string, command: VolumeCommand, accepted: readonly Situation[]])[] = [
  [
    'delete',
    { do: 'DeleteVolume', userId },
    [
      'available',
      'error',
      'error of the create',
      'error_deleting',
      'error_extending',
      'error_managing',
      'error_restoring',
    ],
  ],
  [
    'force delete',
    { do: 'DeleteVolume', userId, force: true, cascade: true },
    without('attaching', 'in-use', 'detaching', 'deleting'),
  ],
  ['unmanage', { do: 'Unmanage' }, ['available', 'error', 'error_extending', 'error_managing', 'error_restoring']],
  ['reset', { do: 'ResetStatus', status: 'retyping' }, without('retyping')],
  ['reset attached', { do: 'ResetStatus', attachStatus: 'attached' }, without('creating', 'deleting')],
  ['update', { do: 'UpdateVolume', name: 'other' }, without('maintenance')],
  ['metadata', { do: 'ChangeMetadata', change: { merge: { a: 'b' } } }, without('maintenance', 'uploading')],
  ['image metadata', { do: 'ChangeImageMetadata', change: { set: { a: 'b' } } }, without('maintenance', 'uploading')],
  ['bootable', { do: 'SetBootable', bootable: true }, without('maintenance')],
  ['read-only', { do: 'SetReadOnly', readOnly: true }, ['available']],
  ['retype', { do: 'Retype', volumeType: otherType }, ['available', 'in-use']],
  ['extend', { do: 'Extend', toGib: 20, inUse: false }, ['available']],
  ['extend in use', { do: 'Extend', toGib: 20, inUse: true }, ['available', 'in-use']],
  ['upload', { do: 'Upload', upload: exampleUpload, force: false }, ['available']],
  ['forced upload', { do: 'Upload', upload: exampleUpload, force: true }, ['available', 'in-use']],
  ['reimage', { do: 'Reimage', image: exampleImage, reserved: false }, ['available', 'error']],
  ['reimage reserved', { do: 'Reimage', image: exampleImage, reserved: true }, ['available', 'error', 'reserved']],
  ['offer', { do: 'CreateTransfer', transfer }, ['available']],
  [
    'accept',
    { do: 'AcceptTransfer', transferId: exampleTransferId, keyHash: 'hash', projectId, userId },
    ['awaiting-transfer'],
  ],
  ['withdraw', { do: 'DeleteTransfer', transferId: exampleTransferId }, ['awaiting-transfer']],
  ['snapshot', { do: 'CreateSnapshot', snapshot: newSnapshot, force: false }, ['available']],
  ['snapshot in use', { do: 'CreateSnapshot', snapshot: newSnapshot, force: true }, ['available', 'in-use']],
  [
    'attach',
    { do: 'ReserveAttachment', attachmentId, instanceId: null, mode: null, connector: exampleConnector },
    ['available'],
  ],
  [
    'attach to the same server',
    { do: 'ReserveAttachment', attachmentId, instanceId: exampleInstanceId, mode: null, connector: null },
    ['available', 'reserved', 'attaching', 'in-use'],
  ],
  ['os-reserve', { do: 'Reserve' }, ['available']],
  ['os-unreserve', { do: 'Unreserve' }, []],
  ['os-begin_detaching', { do: 'BeginDetaching' }, ['in-use']],
  ['os-roll_detaching', { do: 'RollDetaching' }, []],
  ['os-initialize_connection', { do: 'LegacyConnect', attachmentId, connector: exampleConnector }, ['available']],
  ['os-attach', { do: 'LegacyAttach', attachmentId, ...legacyAttach }, ['available']],
  ['os-detach', { do: 'LegacyDetach', attachmentId: null }, ['reserved', 'attaching', 'in-use']],
];

test.each(situations)('a volume that is %s says so on the wire', (situation) => {
  expect(labelOf(fold(volumeDecider, volumes[situation]))).toBe(situation.replace(' of the create', ''));
});

describe.each(table)('%s', (_what, command, accepted) => {
  test.each(situations)('%s', (situation) => {
    const volume = fold(volumeDecider, volumes[situation]);
    const decision = volumeDecider.decide(command, volume);
    const isAccepted = !isRefusal(decision) && decision.length > 0;
    expect({ isAccepted, decision }).toEqual({ isAccepted: accepted.includes(situation), decision });
    if (isRefusal(decision) && decision.refused === 'volume.wrong_status') {
      expect(decision.data).toEqual({ status: labelOf(volume) });
    }
  });
});

test('nothing that a client may ask leads anywhere for a volume that is not there', () => {
  for (const [what, command] of table) {
    for (const gone of ['absent', 'deleted'] as const) {
      const decision = volumeDecider.decide(command, fold(volumeDecider, volumes[gone]));
      const isOver = isRefusal(decision) ? decision.refused === 'volume.not_found' : decision.length === 0;
      expect([what, gone, isOver]).toEqual([what, gone, true]);
    }
  }
});
