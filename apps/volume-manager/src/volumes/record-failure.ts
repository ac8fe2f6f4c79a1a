import type { Failure } from '@hearth/contracts';
import type { HostStep, VolumeCommand } from '@hearth/domain';

/** The report that a step has failed. What an upload left that was given up is seen to until it has gone. */
export function failureOf(step: Exclude<HostStep, { do: 'settle-upload' }>, failure: Failure): VolumeCommand {
  switch (step.do) {
    case 'create-blank':
    case 'create-from-image':
    case 'create-from-source':
      return { do: 'RecordCreateFailure', pool: step.pool, failure, decision: null };
    case 'delete-from-pool':
      return { do: 'RecordDeletionFailure', failure };
    case 'connect':
      return { do: 'RecordConnectFailure', attachmentId: step.attachment.id, failure };
    case 'disconnect':
      return { do: 'RecordDisconnectFailure', attachmentId: step.attachment.id, failure };
    case 'create-snapshot':
      return { do: 'RecordSnapshotFailure', snapshotId: step.snapshot.id, failure };
    case 'delete-snapshot':
      return { do: 'RecordSnapshotDeletionFailure', snapshotId: step.snapshot.id, failure };
    case 'extend':
      return { do: 'RecordExtensionFailure', toGib: step.toGib, failure };
    case 'revert':
      return { do: 'RecordRevertFailure', snapshotId: step.snapshotId, failure };
    case 'upload':
      return { do: 'RecordUploadFailure', imageId: step.upload.imageId, failure };
    case 'reimage':
      return { do: 'RecordReimageFailure', imageId: step.image.id, failure };
  }
}
