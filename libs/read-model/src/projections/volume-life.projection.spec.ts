import type { VolumeEvent } from '@hearth/contracts';
import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

/** An available volume, and what happens to it: each list of events is one commit. */
const lived = (...commits: (VolumeEvent | VolumeEvent[])[]) =>
  commits.reduce<SampleLog>(
    (log, events) => log.add('volume', sample.volumeId(1), ...[events].flat()),
    new SampleLog().add('volume', sample.volumeId(1), sample.requested(1), sample.placed(), sample.provisioned()),
  );
const rowOf = (log: SampleLog) => given(log).volumes.get({ id: sample.volumeId(1) });
const usageOf = (log: SampleLog, projectId = 'demo') => given(log).projectUsage.get({ projectId });
const typeUsageOf = (log: SampleLog, type: number, projectId = 'demo') =>
  given(log).projectTypeUsage.get({ projectId, volumeTypeId: sample.volumeType(type).id });

const extension = sample.fact('VolumeExtensionRequested', { fromGib: 10, toGib: 15 });
const attached = [
  sample.attachmentReserved(1),
  sample.connectRequested(1),
  sample.connected(1),
  sample.completed(1),
] as const;
const snapshotId = sample.snapshotId(1);
const failed = { failure: sample.failure() };

describe('its status', () => {
  test.each<[string, string, (VolumeEvent | VolumeEvent[])[]]>([
    ['extending', 'while it is extended', [extension]],
    ['available', 'once it is extended', [extension, sample.fact('VolumeExtended', { toGib: 15 })]],
    ['in-use', 'once it is extended in use', [[...attached], extension, sample.fact('VolumeExtended', { toGib: 15 })]],
    ['error_extending', 'when that failed', [extension, sample.fact('VolumeExtensionFailed', failed)]],
    ['reverting', 'while it is reverted', [sample.fact('VolumeRevertRequested', { snapshotId })]],
    [
      'error',
      'when a revert failed',
      [
        sample.fact('VolumeRevertRequested', { snapshotId }),
        sample.fact('VolumeRevertFailed', { snapshotId, ...failed }),
      ],
    ],
    ['uploading', 'while it is uploaded', [sample.uploadRequested]],
    [
      'available',
      'when an upload failed',
      [sample.uploadRequested, sample.fact('VolumeUploadFailed', { imageId: sample.imageId(9), ...failed })],
    ],
    ['downloading', 'while it is reimaged', [sample.fact('VolumeReimageRequested', { image: sample.image(2) })]],
    [
      'error',
      'when a reimage failed',
      [
        sample.fact('VolumeReimageRequested', { image: sample.image(2) }),
        sample.fact('VolumeReimageFailed', { failure: sample.failure('image.too_big') }),
      ],
    ],
    ['awaiting-transfer', 'while it is offered', [sample.transferCreated(1)]],
    [
      'available',
      'when an offer is withdrawn',
      [sample.transferCreated(1), sample.fact('VolumeTransferDeleted', { transferId: sample.transferId(1) })],
    ],
    ['reserved', 'once an attachment is reserved', [attached[0]]],
    ['attaching', 'while it is connected', [attached[0], attached[1]]],
    ['attaching', 'until the client has it', [attached[0], attached[1], attached[2]]],
    ['in-use', 'once the client has it', [[...attached]]],
    ['in-use', 'while one of two attachments is new', [[...attached], sample.attachmentReserved(2)]],
    [
      'reserved',
      'when a connect failed',
      [
        attached[0],
        attached[1],
        sample.fact('VolumeAttachmentConnectFailed', { attachmentId: sample.attachmentId(1), ...failed }),
      ],
    ],
    ['detaching', 'while it is disconnected', [[...attached], sample.disconnectRequested(1)]],
    [
      'available',
      'once it is disconnected',
      [
        [...attached],
        sample.disconnectRequested(1),
        sample.fact('VolumeAttachmentDisconnected', { attachmentId: sample.attachmentId(1) }),
      ],
    ],
    ['attaching', 'by os-reserve', [sample.fact('VolumeReserved', {})]],
    ['available', 'by os-unreserve', [sample.fact('VolumeReserved', {}), sample.fact('VolumeUnreserved', {})]],
    ['detaching', 'by os-begin_detaching', [[...attached], sample.fact('VolumeDetachBegun', {})]],
    [
      'in-use',
      'by os-roll_detaching',
      [[...attached], sample.fact('VolumeDetachBegun', {}), sample.fact('VolumeDetachRolledBack', {})],
    ],
    ['maintenance', 'by an administrator’s word', [sample.fact('VolumeStatusReset', { status: 'maintenance' })]],
    [
      'maintenance',
      'by an administrator’s word, whatever happens to its attachments',
      [[...attached], sample.fact('VolumeStatusReset', { status: 'maintenance' }), sample.disconnectRequested(1)],
    ],
  ])('is %s %s', (status, _when, commits) => {
    expect(rowOf(lived(...commits))).toMatchObject({ status });
  });
});

test('an extension counts with its new size from its request on, and not any more when it failed or was given up', () => {
  expect(rowOf(lived(extension))).toMatchObject({ sizeGib: 10, extendingToGib: 15 });
  expect(usageOf(lived(extension))).toMatchObject({ volumes: 1, gigabytes: 15 });
  expect(typeUsageOf(lived(extension), 1)).toMatchObject({ volumes: 1, gigabytes: 15 });
  const done = lived(extension, sample.fact('VolumeExtended', { toGib: 15 }));
  expect(rowOf(done)).toMatchObject({ sizeGib: 15, extendingToGib: null });
  expect(usageOf(done)).toMatchObject({ gigabytes: 15 });
  for (const end of [
    sample.fact('VolumeExtensionFailed', failed),
    sample.fact('VolumeStatusReset', { status: 'available' }),
  ]) {
    expect(usageOf(lived(extension, end))).toMatchObject({ gigabytes: 10 });
  }
});

test('what it is made from is named, and what that had is handed on', () => {
  const source = { kind: 'snapshot', snapshotId, volumeId: sample.volumeId(2), pool: sample.poolA } as const;
  const inherited = { imageMetadata: { image_id: sample.imageId(1) }, bootable: true };
  const more = { source, inherited, multiattach: true, encryptionKeyId: 'key-1' };
  const log = new SampleLog().add('volume', sample.volumeId(1), sample.requested(1, more));
  expect(rowOf(log)).toMatchObject({
    ...{ snapshotId, sourceVolid: null, multiattach: true, encryptionKeyId: 'key-1', bootable: true },
    imageMetadata: inherited.imageMetadata,
  });
});

test('an object that was taken over has the size that the host found', () => {
  const found = { pool: sample.poolA, bootable: false, imageMetadata: {}, decision: null, sizeGib: 7 };
  const log = new SampleLog()
    .add('volume', sample.volumeId(1), sample.requested(1))
    .add('volume', sample.volumeId(1), sample.placed(), sample.fact('VolumeProvisioned', found));
  expect(rowOf(log)).toMatchObject({ sizeGib: 7 });
  expect(usageOf(log)).toMatchObject({ gigabytes: 7 });
});

test('what is set is as it was set', () => {
  const log = lived(
    sample.fact('VolumeUpdated', { name: 'new' }),
    sample.fact('VolumeMetadataSet', { metadata: { a: 'b' } }),
    sample.fact('VolumeImageMetadataSet', { imageMetadata: { c: 'd' } }),
    sample.fact('VolumeBootableSet', { bootable: false }),
    sample.fact('VolumeReadOnlySet', { readOnly: false }),
    sample.fact('VolumeStatusReset', { migrationStatus: 'migrating', attachStatus: 'attached' }),
  );
  expect(rowOf(log)).toMatchObject({
    ...{ name: 'new', description: null, metadata: { a: 'b' }, imageMetadata: { c: 'd' }, bootable: false },
    ...{ readOnly: false, migrationStatus: 'migrating', attachStatus: 'attached', status: 'available' },
    updatedAt: momentOf(7),
  });
  expect(rowOf(lived())).toMatchObject({ readOnly: null });
});

test('a retype moves the volume and its snapshots from one type’s usage to the other’s', () => {
  const volumeType = sample.volumeType(2, { multiattach: '<is> True' });
  const log = lived(sample.snapshotRequested(1), sample.fact('VolumeRetyped', { volumeType }));
  expect(rowOf(log)).toMatchObject({ volumeTypeId: volumeType.id, volumeTypeName: 'type 2', multiattach: true });
  const nothing = { volumes: 0, gigabytes: 0, snapshots: 0, snapshotGigabytes: 0 };
  expect(typeUsageOf(log, 1)).toMatchObject(nothing);
  expect(typeUsageOf(log, 2)).toMatchObject({ volumes: 1, gigabytes: 10, snapshots: 1, snapshotGigabytes: 10 });
  expect(usageOf(log)).toMatchObject({ volumes: 1, gigabytes: 10, snapshots: 1, snapshotGigabytes: 10 });
});

test('one that is unmanaged is gone, with all that hung on it', () => {
  const rows = given(lived(sample.snapshotRequested(1), [...attached], sample.fact('VolumeUnmanaged', {})));
  expect(rows.volumes.values()).toMatchObject([{ status: 'deleted', attachments: [], snapshotIds: [] }]);
  expect(rows.attachments.values()).toEqual([]);
  expect(rows.snapshots.values()).toMatchObject([{ status: 'deleted', deletedAt: momentOf(4) }]);
  expect(rows.projectUsage.values()).toMatchObject([{ volumes: 0, gigabytes: 0, snapshots: 0, snapshotGigabytes: 0 }]);
});

test('what comes after its end changes nothing', () => {
  const end = lived(sample.deletionRequested, sample.deleted);
  const late = lived(sample.deletionRequested, sample.deleted, [sample.snapshotRequested(1), sample.provisioned()]);
  expect(given(late).volumes.values()).toEqual(given(end).volumes.values());
  expect(given(late).snapshots.values()).toEqual([]);
});

test('room that was reserved is given back with the fact that takes it up', () => {
  const volumeType = sample.volumeType(2);
  const facts = [
    [extension, `${sample.volumeId(1)}:extend:15`],
    [sample.snapshotRequested(1), snapshotId],
    [sample.fact('VolumeRetyped', { volumeType }), `${sample.volumeId(1)}:retype:${volumeType.id}`],
    [sample.transferAccepted(1), `${sample.transferId(1)}:transfer:other`],
  ] as const;
  for (const [event, key] of facts) expect(given(lived(event)).takeFulfilled()).toEqual([sample.volumeId(1), key]);
});
