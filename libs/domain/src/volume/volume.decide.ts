import type { RefusalCode, VolumeEvent } from '@hearth/contracts';
import type { Decider } from '@hearth/kernel';
import * as attachment from './attachment.decide';
import * as create from './create.decide';
import * as deletion from './delete.decide';
import * as details from './details.decide';
import * as legacy from './legacy-attachment.decide';
import { resetStatus } from './reset.decide';
import * as snapshot from './snapshot.decide';
import * as transfer from './transfer.decide';
import { bounded } from './told-failure';
import type { Of, VolumeCommand, VolumeDecision } from './volume.commands';
import { evolve } from './volume.evolve';
import { ofLive, ofProvisioned, ofSnapshot, reported } from './volume.refusals';
import type { Volume } from './volume.state';
import * as work from './work.decide';

/**
 * Who decides what, and about which volumes: any; one that is there (`ofLive`); one that was made (`ofProvisioned`), or a snapshot
 * of it (`ofSnapshot`); `reported` are the words of a host, which may come too late.
 */
const decisions: { readonly [Do in VolumeCommand['do']]: (command: Of<Do>, volume: Volume) => VolumeDecision } = {
  RequestVolume: create.requestVolume,
  RecordPlacement: create.recordPlacement,
  RecordPlacementFailure: create.recordPlacementFailure,
  RecordDownloadStarted: create.recordDownloadStarted,
  RecordProvisioned: create.recordProvisioned,
  RecordCreateFailure: create.recordCreateFailure,
  DeleteVolume: deletion.deleteVolume,
  RecordDeleted: deletion.recordDeleted,
  RecordDeletionFailure: deletion.recordDeletionFailure,
  Unmanage: ofProvisioned(deletion.unmanage),
  ResetStatus: ofLive(resetStatus),

  UpdateVolume: ofLive(details.updateVolume),
  ChangeMetadata: ofLive(details.changeMetadata),
  ChangeImageMetadata: ofLive(details.changeImageMetadata),
  SetBootable: ofLive(details.setBootable),
  SetReadOnly: ofProvisioned(details.setReadOnly),
  Retype: ofProvisioned(details.retype),

  Extend: ofProvisioned(work.extend),
  RecordExtended: reported(work.recordExtended),
  RecordExtensionFailure: reported(work.recordExtensionFailure),
  Revert: ofProvisioned(work.revert),
  RecordReverted: reported(work.recordReverted),
  RecordRevertFailure: reported(work.recordRevertFailure),
  Upload: ofProvisioned(work.upload),
  RecordUploaded: reported(work.recordUploaded),
  RecordUploadFailure: reported(work.recordUploadFailure),
  RecordUploadSettled: work.recordUploadSettled,
  Reimage: ofProvisioned(work.reimage),
  RecordReimaged: reported(work.recordReimaged),
  RecordReimageFailure: reported(work.recordReimageFailure),

  CreateTransfer: ofProvisioned(transfer.createTransfer),
  AcceptTransfer: ofProvisioned(transfer.acceptTransfer),
  DeleteTransfer: ofProvisioned(transfer.deleteTransfer),

  CreateSnapshot: ofProvisioned(snapshot.createSnapshot),
  RecordSnapshotCreated: reported(snapshot.recordSnapshotCreated),
  RecordSnapshotFailure: reported(snapshot.recordSnapshotFailure),
  UpdateSnapshot: ofSnapshot(snapshot.updateSnapshot),
  ChangeSnapshotMetadata: ofSnapshot(snapshot.changeSnapshotMetadata),
  ResetSnapshotStatus: ofSnapshot(snapshot.resetSnapshotStatus),
  DeleteSnapshot: ofSnapshot(snapshot.deleteSnapshot),
  RecordSnapshotDeleted: snapshot.recordSnapshotDeleted,
  RecordSnapshotDeletionFailure: reported(snapshot.recordSnapshotDeletionFailure),
  UnmanageSnapshot: ofSnapshot(snapshot.unmanageSnapshot),

  ReserveAttachment: ofProvisioned(attachment.reserveAttachment),
  ConnectAttachment: ofProvisioned(attachment.connectAttachment),
  RecordConnected: reported(attachment.recordConnected),
  RecordConnectFailure: reported(attachment.recordConnectFailure),
  CompleteAttachment: ofProvisioned(attachment.completeAttachment),
  RemoveAttachment: ofProvisioned(attachment.removeAttachment),
  RecordDisconnected: reported(attachment.recordDisconnected),
  RecordDisconnectFailure: reported(attachment.recordDisconnectFailure),

  Reserve: ofProvisioned(legacy.reserve),
  Unreserve: ofProvisioned(legacy.unreserve),
  BeginDetaching: ofProvisioned(legacy.beginDetaching),
  RollDetaching: ofProvisioned(legacy.rollDetaching),
  LegacyConnect: ofProvisioned(legacy.legacyConnect),
  LegacyAttach: ofProvisioned(legacy.legacyAttach),
  LegacyTerminate: ofProvisioned(legacy.legacyTerminate),
  LegacyDetach: ofProvisioned(legacy.legacyDetach),
  ForceDetach: ofProvisioned(legacy.forceDetach),
};

/** All decisions about one volume, its snapshots and its attachments. */
export const volumeDecider: Decider<VolumeCommand, Volume, VolumeEvent, RefusalCode> = {
  initialState: { status: 'absent' },
  decide(command, volume) {
    const decide = decisions[command.do] as (command: VolumeCommand, volume: Volume) => VolumeDecision;
    return decide(bounded(command), volume);
  },
  evolve,
  isTerminal: (volume) => volume.status === 'deleted',
};
