import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  attachmentReserved,
  createFailed,
  deletionRequested,
  exampleAttachmentId,
  exampleImage,
  examplePool,
  exampleRequest,
  exampleTransferId,
  exampleUpload,
  extensionRequested,
  failed,
  made,
  otherPool,
  placed,
  requested,
  snapshotCreated,
  snapshotRequested,
  statusReset,
  transferCreated,
} from './volume.examples';
import { labelOf } from './volume.label';
import { nextStep, owedSteps } from './volume.next-step';

const { userId } = exampleRequest;
const failure = failed('backend.failed');
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const snapshotted = [snapshotRequested(), snapshotCreated()];
const uploading: VolumeEvent = { type: 'VolumeUploadRequested', data: exampleUpload };
const reimaging: VolumeEvent = { type: 'VolumeReimageRequested', data: { image: exampleImage } };
const encrypted = given(volumeDecider, made({ encryptionKeyId: 'key-1' }));

describe('creating from something on a pool', () => {
  const source = { kind: 'existing', sourceName: 'lv-7', pool: examplePool } as const;
  const placedOne = given(volumeDecider, [requested({ image: null, source }), placed()]);
  test('is a step of its own', () =>
    expect(nextStep(placedOne.state)).toMatchObject({ do: 'create-from-source', pool: examplePool, source }));
  test('says that it is managed, or could not be, where it is taken over', () => {
    const managed = [requested({ image: null, source }), placed(), createFailed()];
    const labels = [1, 2, 3].map((events) => labelOf(given(volumeDecider, managed.slice(0, events)).state));
    expect(labels).toEqual(['managing', 'managing', 'error_managing']);
  });
  test('is tried nowhere else', () =>
    placedOne
      .when({ do: 'RecordCreateFailure', pool: examplePool, failure, decision: null })
      .thenTypes('VolumeCreateFailed'));
  test('has the size of what was taken over', () => {
    const { decision } = placedOne.when({
      do: 'RecordProvisioned',
      pool: examplePool,
      bootable: false,
      imageMetadata: {},
      decision: null,
      sizeGib: 7,
    });
    const { state } = given(volumeDecider, [requested({ image: null, source }), placed(), ...(decision as never[])]);
    expect(state).toMatchObject({ details: { sizeGib: 7 }, request: { sizeGib: 10 } });
  });
});

describe('extending', () => {
  test('is to a larger size only', () => {
    for (const toGib of [9, 10]) {
      const { decision } = volume().when({ do: 'Extend', toGib, inUse: false });
      expect(decision).toMatchObject({ refused: 'volume.not_larger', data: { sizeGib: 10, toGib } });
    }
  });
  test('shows when it is done', () => {
    expect(volume(extensionRequested()).state).toMatchObject({ label: 'extending', details: { sizeGib: 10 } });
    volume(extensionRequested()).when({ do: 'RecordExtended', toGib: 20 }).thenTypes('VolumeExtended');
  });
  test('that was given up is not done by a late report', () => {
    volume(extensionRequested(), statusReset('available'))
      .when({ do: 'RecordExtended', toGib: 20 })
      .thenRefused('volume.work_ended');
    for (const late of ['RecordExtended', 'RecordExtensionFailure'] as const) {
      volume(extensionRequested(30)).when({ do: late, toGib: 20, failure }).thenRefused('volume.work_ended');
    }
  });
  test('of a volume in use leaves it in use', () =>
    expect(
      volume(...attached(), extensionRequested(), { type: 'VolumeExtended', data: { toGib: 20 } }).state,
    ).toMatchObject({
      label: 'in-use',
    }));
});

describe('uploading', () => {
  const report: VolumeCommand = {
    do: 'RecordUploaded',
    imageId: exampleUpload.imageId,
    method: 'upload',
    bytesUploaded: 9,
  };
  test('leaves the volume as it was, whether it succeeds or fails', () => {
    for (const before of [[], attached()] as const) {
      const { label } = volume(...before).state as { label: string };
      const failing: VolumeEvent = { type: 'VolumeUploadFailed', data: { imageId: exampleUpload.imageId, failure } };
      expect(volume(...before, uploading, failing).state).toMatchObject({ label, work: undefined });
    }
    volume(uploading).when(report).thenTypes('VolumeUploaded');
  });
  test('of another image is not ended by its report', () =>
    volume({ ...uploading, data: { ...exampleUpload, imageId: exampleImage.id } })
      .when(report)
      .thenRefused('volume.work_ended'));
});

describe('an upload that is given up', () => {
  const { imageId } = exampleUpload;
  const settle: VolumeCommand = { do: 'RecordUploadSettled', imageId };
  const settled: VolumeEvent = { type: 'VolumeUploadSettled', data: { imageId } };
  const reset = volume(uploading, statusReset('available'));
  const deleting = volume(uploading, deletionRequested());

  test('leaves the record of its image to be seen to, whether the status is reset or the volume deleted', () => {
    expect(owedSteps(reset.state)).toMatchObject([{ do: 'settle-upload', pool: examplePool, imageId }]);
    volume(uploading).when({ do: 'DeleteVolume', userId, force: true }).thenTypes('VolumeDeletionRequested');
    expect(owedSteps(deleting.state)).toMatchObject([{ do: 'settle-upload', pool: examplePool, imageId }]);
  });
  test('is seen to before the volume goes', () => {
    deleting.when(settle).then(settled);
    const after = volume(uploading, deletionRequested(), settled);
    expect(owedSteps(after.state)).toMatchObject([{ do: 'delete-from-pool' }]);
    after.when(settle).thenNothing();
  });
  test('is not forgotten with a deletion that is given up in its turn', () =>
    expect(owedSteps(volume(uploading, deletionRequested(), statusReset('error')).state)).toMatchObject([
      { do: 'settle-upload', imageId },
    ]));
  test('is not reported as if it went on', () =>
    reset.when({ do: 'RecordUploadFailure', imageId, failure }).thenRefused('volume.work_ended'));
  test('keeps the volume from being let go', () => {
    reset.when({ do: 'Unmanage' }).thenRefused('volume.busy');
    volume(uploading, statusReset('available'), settled).when({ do: 'Unmanage' }).thenTypes('VolumeUnmanaged');
  });
  test('of another image begins with a record of its own', () => {
    const other = { ...exampleUpload, imageId: exampleImage.id };
    const again = volume(uploading, statusReset('available'), { type: 'VolumeUploadRequested', data: other });
    expect(owedSteps(again.state)).toMatchObject([
      { do: 'upload', upload: other },
      { do: 'settle-upload', imageId },
    ]);
  });
});

describe('reimaging', () => {
  const reimaged: VolumeEvent = {
    type: 'VolumeReimaged',
    data: { imageMetadata: { image_id: 'new' }, decision: null },
  };
  test('leaves a reservation, and a volume that boots', () =>
    expect(volume(attachmentReserved(), reimaging, reimaged).state).toMatchObject({
      label: 'reserved',
      details: { bootable: true, imageMetadata: { image_id: 'new' } },
    }));
  test('that failed leaves nothing to rely on', () =>
    expect(volume(reimaging, { type: 'VolumeReimageFailed', data: { failure } }).state).toMatchObject({
      label: 'error',
    }));
  test('with another image is not ended by the report of one that was given up', () => {
    const imageId = exampleUpload.imageId;
    const reports: readonly VolumeCommand[] = [
      { do: 'RecordReimaged', imageId, imageMetadata: {}, decision: null },
      { do: 'RecordReimageFailure', imageId, failure },
    ];
    for (const report of reports) volume(reimaging).when(report).thenRefused('volume.work_ended');
  });
  test('is not of what is attached, whatever its status was set to', () =>
    volume(...attached(), statusReset('error'))
      .when({ do: 'Reimage', image: exampleImage, reserved: true })
      .thenRefused('volume.is_attached'));
});

describe('transferring', () => {
  const offered = volume(...snapshotted, transferCreated());
  const accept = (patch: object = {}): VolumeCommand => ({
    do: 'AcceptTransfer',
    transferId: exampleTransferId,
    keyHash: 'hash',
    projectId: 'other' as never,
    userId: 'bob' as never,
    ...patch,
  });
  test('needs the offer and its key', () => {
    offered.when(accept({ keyHash: 'guessed' })).thenRefused('transfer.wrong_key');
    offered.when(accept({ transferId: 'another' })).thenRefused('transfer.not_found');
    offered.when({ do: 'DeleteTransfer', transferId: 'another' }).thenRefused('transfer.not_found');
  });
  test.each([
    [false, 'other'],
    [true, 'demo'],
  ])('with noSnapshots %p leaves snapshots to %s', (noSnapshots, projectId) => {
    const accepted = { transferId: exampleTransferId, projectId: 'other' as never, userId: 'bob' as never };
    const { state } = volume(...snapshotted, transferCreated(noSnapshots), {
      type: 'VolumeTransferAccepted',
      data: accepted,
    });
    expect(state).toMatchObject({
      label: 'available',
      transfer: undefined,
      details: { projectId: 'other', userId: 'bob' },
    });
    expect('snapshots' in state && [...state.snapshots.values()]).toMatchObject([{ projectId }]);
  });
  test('needs snapshots at rest, unless they stay', () => {
    const transfer = { id: exampleTransferId, name: null, salt: '', keyHash: '', noSnapshots: false };
    const busy = volume(snapshotRequested());
    busy.when({ do: 'CreateTransfer', transfer }).thenRefused('snapshot.wrong_status');
    busy
      .when({ do: 'CreateTransfer', transfer: { ...transfer, noSnapshots: true } })
      .thenTypes('VolumeTransferCreated');
  });
  test('of an encrypted volume has to be allowed', () => {
    const transfer = { id: exampleTransferId, name: null, salt: '', keyHash: '', noSnapshots: false };
    encrypted.when({ do: 'CreateTransfer', transfer }).thenRefused('volume.encrypted');
    encrypted.when({ do: 'CreateTransfer', transfer, allowEncrypted: true }).thenTypes('VolumeTransferCreated');
  });
});

describe('another type', () => {
  const retype = (patch: object): VolumeCommand => ({
    do: 'Retype',
    volumeType: { ...exampleRequest.volumeType, id: '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0d', name: 'other', ...patch },
  });
  const encryption = { provider: 'luks', cipher: null, keySize: null, controlLocation: 'front-end' };
  const several = { extraSpecs: { multiattach: '<is> True' } };
  test('is another one', () => volume().when(retype(exampleRequest.volumeType)).thenRefused('volume.same_type'));
  test('that is encrypted otherwise needs other data', () =>
    volume().when(retype({ encryption })).thenRefused('volume.retype_needs_migration'));
  test('whose users would see it must wait until it is not in use', () => {
    volume(...attached())
      .when(retype(several))
      .thenRefused('volume.retype_in_use');
    volume(...attached())
      .when(retype({ qosSpecs: { total_iops_sec: '5' } }))
      .thenRefused('volume.retype_in_use');
    volume(...attached())
      .when(retype({}))
      .thenTypes('VolumeRetyped');
  });
  test('says how many may attach', () => {
    const { decision } = volume().when(retype(several));
    expect(volume(...(decision as never[])).state).toMatchObject({ details: { multiattach: true } });
  });
});

describe('an administrator’s word', () => {
  test('calls back a volume that was being deleted, or could not be made', () => {
    expect(volume(deletionRequested(), statusReset('available')).state).toMatchObject({
      status: 'provisioned',
      label: 'available',
      pool: examplePool,
    });
    const state = given(volumeDecider, [requested(), placed(), createFailed(), statusReset('available')]).state;
    expect(state).toMatchObject({ status: 'provisioned', label: 'available' });
    volume(deletionRequested(), statusReset('error')).when({ do: 'RecordDeleted' }).thenRefused('volume.work_ended');
  });
  test('gives up a create, whose host is heard no more', () => {
    const state = given(volumeDecider, [requested(), placed(), statusReset('error')]);
    expect(nextStep(state.state)).toEqual({ do: 'nothing' });
    state
      .when({ do: 'RecordCreateFailure', pool: examplePool, failure, decision: null })
      .thenRefused('volume.not_on_pool');
  });
  test('makes nothing of a volume that is nowhere', () => {
    given(volumeDecider, [requested()])
      .when({ do: 'ResetStatus', status: 'available' })
      .thenRefused('volume.wrong_status');
  });
  test('withdraws an offer', () =>
    volume(transferCreated())
      .when({ do: 'ResetStatus', status: 'available' })
      .thenTypes('VolumeTransferDeleted', 'VolumeStatusReset'));
  test('that it migrates keeps it from deletion, retype and snapshots', () => {
    const migrating = volume({ type: 'VolumeStatusReset', data: { migrationStatus: 'migrating' } });
    migrating.when({ do: 'DeleteVolume', userId }).thenRefused('volume.busy');
    migrating
      .when({ do: 'Retype', volumeType: { ...exampleRequest.volumeType, id: 'other' } })
      .thenRefused('volume.wrong_status');
  });
});

describe('force', () => {
  const force: VolumeCommand = { do: 'DeleteVolume', userId, force: true };
  test('deletes what is being made: at once where no pool has it, from the pool otherwise', () => {
    given(volumeDecider, [requested()]).when(force).thenTypes('VolumeDeletionRequested', 'VolumeDeleted');
    given(volumeDecider, [requested(), placed(otherPool)])
      .when(force)
      .thenTypes('VolumeDeletionRequested');
  });
  test('takes reservations and offers with it, and nothing that is connected', () => {
    volume(attachmentReserved()).when(force).thenTypes('VolumeAttachmentRemoved', 'VolumeDeletionRequested');
    volume(transferCreated()).when(force).thenTypes('VolumeTransferDeleted', 'VolumeDeletionRequested');
    volume(...attached(), statusReset('error'))
      .when(force)
      .thenRefused('volume.is_attached');
  });
});

test('an encrypted volume is not let go of, for its key would be lost', () =>
  encrypted.when({ do: 'Unmanage' }).thenRefused('volume.encrypted'));

describe('metadata', () => {
  const change = (what: object): VolumeCommand => ({ do: 'ChangeMetadata', change: what }) as VolumeCommand;
  const two = given(volumeDecider, made({ metadata: { a: '1', b: '2' } }));
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
  test('is replaced, merged, or loses a key', () => {
    two.when(change({ set: { c: '3' } })).then({ type: 'VolumeMetadataSet', data: { metadata: { c: '3' } } });
    two.when(change({ merge: { b: '3' } })).then({ type: 'VolumeMetadataSet', data: { metadata: { a: '1', b: '3' } } });
    two.when(change({ remove: 'a' })).then({ type: 'VolumeMetadataSet', data: { metadata: { b: '2' } } });
  });
  test('that is so already is not set again', () => {
    two.when(change({ set: { b: '2', a: '1' } })).thenNothing();
    two.when(change({ merge: {} })).thenNothing();
  });
  test('does not lose a key that it has not, not even one that every object has', () => {
    for (const key of ['c', 'constructor'])
      two.when(change({ remove: key })).thenRefused('volume.metadata_key_not_found');
  });
  test('has 128 keys at most', () => {
    two.when(change({ set: many(128) })).thenTypes('VolumeMetadataSet');
    two.when(change({ set: many(129) })).thenRefused('volume.metadata_full');
    two.when(change({ merge: many(127) })).thenRefused('volume.metadata_full');
  });
});

test('a volume of which an administrator says that it is attached is not deleted', () =>
  volume({ type: 'VolumeStatusReset', data: { attachStatus: 'attached' } })
    .when({ do: 'DeleteVolume', userId })
    .thenRefused('volume.is_attached'));

test('a volume whose host still ends a connection is not deleted', () =>
  volume(...attached(), {
    type: 'VolumeAttachmentDisconnectRequested',
    data: { attachmentId: exampleAttachmentId, remove: true },
  })
    .when({ do: 'DeleteVolume', userId })
    .thenRefused('volume.busy'));

test('with an administrator’s word that it is detached it is, whatever its host still ends', () =>
  volume(
    ...attached(),
    { type: 'VolumeAttachmentDisconnectRequested', data: { attachmentId: exampleAttachmentId, remove: true } },
    { type: 'VolumeStatusReset', data: { status: 'available', attachStatus: 'detached' } },
  )
    .when({ do: 'DeleteVolume', userId })
    .thenTypes('VolumeAttachmentRemoved', 'VolumeDeletionRequested'));
