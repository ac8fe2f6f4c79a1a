import type { Failure } from '@hearth/contracts';
import type { ProjectId, UserId } from '@hearth/kernel';
import fc from 'fast-check';
import type { VolumeCommand } from '../volume/volume.commands';
import {
  exampleConnection,
  exampleConnector,
  exampleDecision,
  exampleImage,
  examplePool,
  exampleRequest,
  exampleUpload,
  failed,
  otherPool,
} from '../volume/volume.examples';

const pool = fc.constantFrom(examplePool, otherPool);
const failure: fc.Arbitrary<Failure> = fc.constantFrom(failed('backend.failed'), failed('image.unacceptable'));
const idOf = (kind: string, ordinal: number) => `${kind}000000-0000-4000-8000-00000000000${ordinal}`;
const someOf = (kind: string, count: number) =>
  fc.constantFrom(...Array.from({ length: count }, (_, at) => idOf(kind, at + 1)));
const attachmentId = someOf('a7', 3);
const snapshotId = someOf('5a', 3);
const transferId = someOf('7f', 2);
const instanceId = fc.constantFrom('i1', 'i2', null);
const mode = fc.constantFrom('rw' as const, 'ro' as const, null);
const connector = fc.constantFrom(exampleConnector, { host: 'compute-2' }, {});
const flag = fc.boolean();
const imageId = fc.constantFrom(exampleImage.id, exampleUpload.imageId);
const toGib = fc.integer({ min: 8, max: 16 });
const text = fc.constantFrom('a', 'b', null);
const { userId } = exampleRequest;
const otherProject = 'other' as ProjectId;
const project = fc.constantFrom(exampleRequest.projectId, otherProject);
const change = fc.constantFrom({ set: { a: '1' } }, { merge: { b: '2' } }, { remove: 'a' });
const label = fc.constantFrom(
  'available',
  'error',
  'in-use',
  'attaching',
  'detaching',
  'maintenance',
  'awaiting-transfer',
);
const type = fc.constantFrom(
  exampleRequest.volumeType,
  { id: '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0d', name: 'many', extraSpecs: { multiattach: '<is> True' } },
  {
    id: '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0e',
    name: 'secret',
    extraSpecs: {},
    encryption: { provider: 'luks', cipher: null, keySize: 256, controlLocation: 'front-end' as const },
  },
);
const transfer = fc.record({
  id: transferId,
  name: fc.constant(null),
  salt: fc.constant('salt'),
  keyHash: fc.constant('hash'),
  noSnapshots: flag,
});

/** How each command is made up; one that is missing does not compile. */
const commands: { readonly [Do in VolumeCommand['do']]: fc.Arbitrary<Omit<Extract<VolumeCommand, { do: Do }>, 'do'>> } =
  {
    RequestVolume: flag.map((multiattach) => ({ request: { ...exampleRequest, multiattach } })),
    RecordPlacement: pool.map((at) => ({ pool: at, availabilityZone: 'nova', rejected: [] })),
    RecordPlacementFailure: fc.constant({ failure: failed('placement.no_valid_backend'), rejected: [] }),
    RecordDownloadStarted: fc.record({ pool }),
    RecordProvisioned: pool.map((at) => ({ pool: at, bootable: true, imageMetadata: {}, decision: exampleDecision })),
    RecordCreateFailure: fc.record({ pool, failure, decision: fc.constant(null) }),
    DeleteVolume: fc.record({ userId: fc.constant(userId), force: flag, cascade: flag }),
    RecordDeleted: fc.constant({}),
    RecordDeletionFailure: fc.record({ failure }),
    Unmanage: fc.constant({}),
    ResetStatus: fc.record(
      {
        status: label,
        attachStatus: fc.constantFrom('attached' as const, 'detached' as const),
        migrationStatus: fc.constantFrom('migrating', null),
      },
      { requiredKeys: [] },
    ),
    UpdateVolume: fc.record({ name: text, description: text }, { requiredKeys: [] }),
    ChangeMetadata: fc.record({ change }),
    ChangeImageMetadata: fc.record({ change }),
    SetBootable: fc.record({ bootable: flag }),
    SetReadOnly: fc.record({ readOnly: flag }),
    Retype: fc.record({ volumeType: type }),
    Extend: fc.record({ toGib, inUse: flag }),
    RecordExtended: fc.record({ toGib }),
    RecordExtensionFailure: fc.record({ toGib, failure }),
    Revert: fc.record({ snapshotId }),
    RecordReverted: fc.record({ snapshotId }),
    RecordRevertFailure: fc.record({ snapshotId, failure }),
    Upload: fc.record({ upload: fc.constant(exampleUpload), force: flag }),
    RecordUploaded: fc.constant({ imageId: exampleUpload.imageId, method: 'upload', bytesUploaded: 5 }),
    RecordUploadFailure: fc.record({ imageId: fc.constantFrom(exampleUpload.imageId, exampleImage.id), failure }),
    RecordUploadSettled: fc.record({ imageId }),
    Reimage: fc.record({ image: fc.constant(exampleImage), reserved: flag }),
    RecordReimaged: fc.record({ imageId, imageMetadata: fc.constant({}), decision: fc.constant(null) }),
    RecordReimageFailure: fc.record({ imageId, failure }),
    CreateTransfer: fc.record({ transfer, allowEncrypted: flag }),
    AcceptTransfer: fc.record({
      transferId,
      keyHash: fc.constantFrom('hash', 'wrong'),
      projectId: fc.constant(otherProject),
      userId: fc.constant('bob' as UserId),
    }),
    DeleteTransfer: fc.record({ transferId }),
    CreateSnapshot: fc.record({
      snapshot: fc.record({
        snapshotId,
        projectId: project,
        userId: fc.constant(userId),
        name: text,
        description: text,
        metadata: fc.constant({}),
      }),
      force: flag,
    }),
    RecordSnapshotCreated: fc.record({ snapshotId }),
    RecordSnapshotFailure: fc.record({ snapshotId, failure }),
    UpdateSnapshot: fc.record({ snapshotId, name: text }, { requiredKeys: ['snapshotId'] }),
    ChangeSnapshotMetadata: fc.record({ snapshotId, change }),
    ResetSnapshotStatus: fc.record({ snapshotId, status: fc.constantFrom('available', 'error', 'deleting') }),
    DeleteSnapshot: fc.record({ snapshotId, force: flag }),
    RecordSnapshotDeleted: fc.record({ snapshotId }),
    RecordSnapshotDeletionFailure: fc.record({ snapshotId, failure }),
    UnmanageSnapshot: fc.record({ snapshotId }),
    ReserveAttachment: fc.record({ attachmentId, instanceId, mode, connector: fc.option(connector) }),
    ConnectAttachment: fc.record({ attachmentId, connector }),
    RecordConnected: fc.record({ attachmentId, connection: fc.constant(exampleConnection) }),
    RecordConnectFailure: fc.record({ attachmentId, failure }),
    CompleteAttachment: fc.record({ attachmentId }),
    RemoveAttachment: fc.record({ attachmentId }),
    RecordDisconnected: fc.record({ attachmentId }),
    RecordDisconnectFailure: fc.record({ attachmentId, failure }),
    Reserve: fc.constant({}),
    Unreserve: fc.constant({}),
    BeginDetaching: fc.constant({}),
    RollDetaching: fc.constant({}),
    LegacyConnect: fc.record({ attachmentId, connector }),
    LegacyAttach: fc.record({
      attachmentId,
      instanceId,
      hostName: text,
      mountpoint: text,
      mode: fc.constantFrom('rw' as const, 'ro' as const),
    }),
    LegacyTerminate: fc.record({ connector }),
    LegacyDetach: fc.record({ attachmentId: fc.option(attachmentId) }),
    ForceDetach: fc.record({ attachmentId: fc.option(attachmentId) }),
  };

const endsLives: ReadonlySet<string> = new Set(['DeleteVolume', 'Unmanage', 'ResetStatus']);

/** Any command, about few things, so that what commands do to each other is met often. */
export const anyVolumeCommand: fc.Arbitrary<VolumeCommand> = fc.oneof(
  ...Object.entries(commands).map(([what, rest]) => ({
    weight: endsLives.has(what) ? 1 : 4,
    arbitrary: (rest as fc.Arbitrary<object>).map((data) => ({ do: what, ...data }) as VolumeCommand),
  })),
);
