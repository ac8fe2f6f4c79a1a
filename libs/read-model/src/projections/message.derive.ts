import type { Failure, FailureCode, VolumeEvent } from '@hearth/contracts';
import { createHash } from 'node:crypto';
import type { MessageRow } from '../tables/messages.table';
import type { VolumeRow } from '../tables/volumes.table';
import type { FactRows } from './fact-rows';
import { messageActions, messageDetails, type MessageAction, type MessageDetail } from './message-words';
import { dispatch, type Handlers, type Occurrence } from './projection';

type FailureEvent = Extract<VolumeEvent, { type: `${string}Failed` }>;
type Words = readonly [MessageAction, MessageDetail] | undefined;

/** Days for which a user may look a message up (Cinder's message_ttl). */
const guaranteedDays = 30;

/** What users are told of a failure; undefined for an event that is none, and for failures that Cinder has no words for. */
export function messageOf(
  rows: Pick<FactRows, 'snapshots'>,
  volume: VolumeRow,
  event: VolumeEvent,
  occurrence: Occurrence & { readonly ordinal: number },
): MessageRow | undefined {
  if (!isFailure(event)) return undefined;
  const words = dispatch<FailureEvent, undefined, Words>(wordsOf, undefined, event, occurrence);
  if (!words) return undefined;
  const [action, detail] = words;
  const snapshot = 'snapshotId' in event.data ? rows.snapshots.get({ id: event.data.snapshotId }) : undefined;
  if (event.type.startsWith('Snapshot') && snapshot?.volumeId !== volume.id) return undefined;
  const resourceType = snapshot ? 'VOLUME_SNAPSHOT' : 'VOLUME';
  return {
    id: messageId(occurrence.commitId, occurrence.ordinal),
    projectId: (snapshot ?? volume).projectId,
    requestId: occurrence.correlationId ?? null,
    resourceType,
    resourceUuid: (snapshot ?? volume).id,
    eventId: `VOLUME_${resourceType}_${action}_${detail}`,
    userMessage: `${messageActions[action]}:${messageDetails[detail]}`,
    messageLevel: 'ERROR',
    createdAt: occurrence.at,
    guaranteedUntil: new Date(Date.parse(occurrence.at) + guaranteedDays * 86_400_000).toISOString(),
  };
}

function isFailure(event: VolumeEvent): event is FailureEvent {
  return event.type.endsWith('Failed');
}

const wordsOf = {
  VolumePlacementFailed: () => ['001', '003'],
  VolumeCreateFailed: (_none, { failure }) => createWords[failure.code],
  VolumeExtensionFailed: () => ['007', '010'],
  VolumeUploadFailed: () => ['003', '004'],
  VolumeReimageFailed: (_none, { failure }) => ['016', reimageDetail(failure)],
  SnapshotCreateFailed: () => ['009', '013'],
  SnapshotDeletionFailed: () => ['010', '016'],
  VolumeAttachmentConnectFailed: () => ['004', '021'],
  VolumeAttachmentDisconnectFailed: () => ['004', '022'],
  VolumeRevertFailed: () => undefined,
  VolumeDeletionFailed: () => undefined,
} satisfies Handlers<FailureEvent, undefined, Words>;

/** Where the image is at fault the copy of it failed, else the backend did. */
const createWords: Readonly<Record<FailureCode, Words>> = {
  'image.too_big': ['005', '007'],
  'image.signature_invalid': ['005', '011'],
  'image.unacceptable': ['005', '029'],
  'image.connection_failed': ['005', '001'],
  'image.download_failed': ['005', '001'],
  'image.hash_mismatch': ['005', '001'],
  'image.not_found': ['005', '001'],
  'image.copy_failed': ['005', '001'],
  'image.upload_failed': ['003', '004'],
  'backend.full': ['008', '012'],
  'backend.failed': ['008', '012'],
  'backend.object_missing': ['008', '012'],
  'backend.unsupported': ['008', '012'],
  'source.not_found': ['008', '012'],
  'encryption.key_unavailable': ['008', '012'],
  'cache.not_admitted': ['008', '012'],
  'placement.no_valid_backend': ['001', '003'],
};

function reimageDetail({ code }: Failure): MessageDetail {
  const words = code.startsWith('image.') ? createWords[code] : undefined;
  return words && words[1] !== '001' ? words[1] : '028';
}

/** A UUID that the same fact always leads to. */
function messageId(commitId: string, ordinal: number): string {
  const hex = createHash('sha256').update(`${commitId}\n${ordinal}`).digest('hex');
  const variant = ((parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
