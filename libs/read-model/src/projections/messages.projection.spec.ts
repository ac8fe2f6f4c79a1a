import { failureCodes, type VolumeEvent } from '@hearth/contracts';
import { isUuid } from '@hearth/kernel';
import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import { messageActions, messageDetails } from './message-words';

const lived = (...events: VolumeEvent[]) =>
  new SampleLog()
    .add('volume', sample.volumeId(1), sample.requested(1))
    .add('volume', sample.volumeId(1), sample.snapshotRequested(1), sample.snapshotRequested(2), ...events);
const messagesOf = (...events: VolumeEvent[]) => given(lived(...events)).messages.values();

const snapshotId = sample.snapshotId(1);
const attachmentId = sample.attachmentId(1);
const failed = sample.failure();

test('a failure leaves a message with Cinder’s words, the request it belongs to and its days', () => {
  const [message] = messagesOf(sample.fact('VolumeExtensionFailed', { failure: failed }));
  expect(message).toEqual({
    id: message!.id,
    projectId: 'demo',
    requestId: 'req-1',
    resourceType: 'VOLUME',
    resourceUuid: sample.volumeId(1),
    eventId: 'VOLUME_VOLUME_007_010',
    userMessage: 'extend volume:Volume Driver failed to extend volume.',
    messageLevel: 'ERROR',
    createdAt: momentOf(2),
    guaranteedUntil: '2026-02-01T03:04:02.000Z',
  });
  expect(isUuid(message!.id)).toBe(true);
});

test.each<[string, VolumeEvent]>([
  ['VOLUME_VOLUME_001_003', sample.fact('VolumePlacementFailed', { failure: failed, rejected: [] })],
  ['VOLUME_VOLUME_008_012', sample.fact('VolumeCreateFailed', { failure: failed, decision: null })],
  [
    'VOLUME_VOLUME_005_007',
    sample.fact('VolumeCreateFailed', { failure: sample.failure('image.too_big'), decision: null }),
  ],
  [
    'VOLUME_VOLUME_005_011',
    sample.fact('VolumeCreateFailed', { failure: sample.failure('image.signature_invalid'), decision: null }),
  ],
  [
    'VOLUME_VOLUME_005_029',
    sample.fact('VolumeCreateFailed', { failure: sample.failure('image.unacceptable'), decision: null }),
  ],
  ['VOLUME_VOLUME_003_004', sample.fact('VolumeUploadFailed', { imageId: sample.imageId(1), failure: failed })],
  ['VOLUME_VOLUME_016_028', sample.fact('VolumeReimageFailed', { failure: failed })],
  ['VOLUME_VOLUME_016_007', sample.fact('VolumeReimageFailed', { failure: sample.failure('image.too_big') })],
  ['VOLUME_VOLUME_004_021', sample.fact('VolumeAttachmentConnectFailed', { attachmentId, failure: failed })],
  ['VOLUME_VOLUME_004_022', sample.fact('VolumeAttachmentDisconnectFailed', { attachmentId, failure: failed })],
  ['VOLUME_VOLUME_SNAPSHOT_009_013', sample.fact('SnapshotCreateFailed', { snapshotId, failure: failed })],
  ['VOLUME_VOLUME_SNAPSHOT_010_016', sample.fact('SnapshotDeletionFailed', { snapshotId, failure: failed })],
])('%s', (eventId, event) => {
  const resourceUuid = eventId.includes('SNAPSHOT') ? snapshotId : sample.volumeId(1);
  expect(messagesOf(event)).toMatchObject([{ eventId, resourceUuid }]);
});

test('a failure that Cinder has no words for leaves none, and neither does a create that goes on elsewhere', () => {
  expect(messagesOf(sample.fact('VolumeRevertFailed', { snapshotId, failure: failed }))).toEqual([]);
  expect(messagesOf(sample.deletionFailed, sample.rescheduled())).toEqual([]);
});

test('every failure of a create has words', () => {
  const texts = failureCodes.flatMap((code) =>
    messagesOf(sample.fact('VolumeCreateFailed', { failure: sample.failure(code), decision: null })),
  );
  expect(texts).toHaveLength(failureCodes.length);
  const [actions, details] = [Object.values<string>(messageActions), Object.values<string>(messageDetails)];
  for (const { userMessage } of texts) {
    const [action, detail] = userMessage.split(':');
    expect(actions).toContain(action);
    expect(details).toContain(detail);
  }
});

test('the same log leads to the same ids; failures of one commit and of several have their own', () => {
  const failures = [1, 2].map((ordinal) =>
    sample.fact('SnapshotCreateFailed', { snapshotId: sample.snapshotId(ordinal), failure: failed }),
  );
  const idsOf = () => messagesOf(...failures).map(({ id }) => id);
  expect(idsOf()).toEqual(idsOf());
  const later = lived(...failures).add('volume', sample.volumeId(1), failures[0]!);
  expect(
    new Set(
      given(later)
        .messages.values()
        .map(({ id }) => id),
    ).size,
  ).toBe(3);
});
