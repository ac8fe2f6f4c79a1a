import type {
  AttachMode,
  Connection,
  Connector,
  CreateDecision,
  Failure,
  ImageIdentity,
  RefusalCode,
  VolumeEvent,
  VolumeTypeFacts,
} from '@hearth/contracts';
import type { Decision, PoolRef, ProjectId, UserId } from '@hearth/kernel';
import type { DataOf, Snapshot, Texts, Transfer, UploadFacts, VolumeRequest } from './volume.state';

export type VolumeDecision = Decision<VolumeEvent, RefusalCode>;
export type Of<Name extends VolumeCommand['do']> = Extract<VolumeCommand, { do: Name }>;

/** `set` replaces the whole dictionary; `merge` adds and overwrites; `remove` takes one key out. */
export type MetadataChange = { readonly set: Texts } | { readonly merge: Texts } | { readonly remove: string };

/** What a new snapshot is asked to be; its size is the volume's. */
export interface SnapshotRequest {
  readonly snapshotId: string;
  readonly projectId: ProjectId;
  readonly userId: UserId;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Texts;
  readonly existing?: Snapshot['existing'];
}

type Rejected = DataOf<'VolumePlaced'>['rejected'];

type LifecycleCommand =
  | { readonly do: 'RequestVolume'; readonly request: VolumeRequest }
  | {
      readonly do: 'RecordPlacement';
      readonly pool: PoolRef;
      readonly availabilityZone: string;
      readonly rejected: Rejected;
    }
  | { readonly do: 'RecordPlacementFailure'; readonly failure: Failure; readonly rejected: Rejected }
  | { readonly do: 'RecordDownloadStarted'; readonly pool: PoolRef }
  | {
      readonly do: 'RecordProvisioned';
      readonly pool: PoolRef;
      readonly bootable: boolean;
      readonly imageMetadata: Texts;
      readonly decision: CreateDecision | null;
      /** GiB of an object that was taken over; absent: as asked. */
      readonly sizeGib?: number;
    }
  | {
      readonly do: 'RecordCreateFailure';
      readonly pool: PoolRef;
      readonly failure: Failure;
      readonly decision: CreateDecision | null;
    }
  | {
      readonly do: 'DeleteVolume';
      readonly userId: UserId;
      /** Whatever its status; for administrators. */
      readonly force?: boolean;
      /** With its snapshots. */
      readonly cascade?: boolean;
    }
  | { readonly do: 'RecordDeleted' }
  | { readonly do: 'RecordDeletionFailure'; readonly failure: Failure }
  | { readonly do: 'Unmanage' }
  | {
      readonly do: 'ResetStatus';
      readonly status?: string;
      readonly attachStatus?: 'attached' | 'detached';
      readonly migrationStatus?: string | null;
    };

type DetailsCommand =
  | { readonly do: 'UpdateVolume'; readonly name?: string | null; readonly description?: string | null }
  | { readonly do: 'ChangeMetadata'; readonly change: MetadataChange }
  | { readonly do: 'ChangeImageMetadata'; readonly change: MetadataChange }
  | { readonly do: 'SetBootable'; readonly bootable: boolean }
  | { readonly do: 'SetReadOnly'; readonly readOnly: boolean }
  | { readonly do: 'Retype'; readonly volumeType: VolumeTypeFacts };

type WorkCommand =
  /** `inUse`: a volume in use may be extended too (microversion 3.42 and a driver that can). */
  | { readonly do: 'Extend'; readonly toGib: number; readonly inUse: boolean }
  | { readonly do: 'RecordExtended'; readonly toGib: number }
  | { readonly do: 'RecordExtensionFailure'; readonly toGib: number; readonly failure: Failure }
  | { readonly do: 'Revert'; readonly snapshotId: string }
  | { readonly do: 'RecordReverted'; readonly snapshotId: string }
  | { readonly do: 'RecordRevertFailure'; readonly snapshotId: string; readonly failure: Failure }
  /** `force`: of a volume in use. */
  | { readonly do: 'Upload'; readonly upload: UploadFacts; readonly force: boolean }
  | ({ readonly do: 'RecordUploaded' } & DataOf<'VolumeUploaded'>)
  | { readonly do: 'RecordUploadFailure'; readonly imageId: string; readonly failure: Failure }
  /** Of an upload that was given up. */
  | { readonly do: 'RecordUploadSettled'; readonly imageId: string }
  /** `reserved`: of a volume that is reserved, too. */
  | { readonly do: 'Reimage'; readonly image: ImageIdentity; readonly reserved: boolean }
  | {
      readonly do: 'RecordReimaged';
      readonly imageId: string;
      readonly imageMetadata: Texts;
      readonly decision: CreateDecision | null;
    }
  | { readonly do: 'RecordReimageFailure'; readonly imageId: string; readonly failure: Failure };

type TransferCommand =
  /** `allowEncrypted`: of an encrypted volume, too (microversion 3.70). */
  | { readonly do: 'CreateTransfer'; readonly transfer: Transfer; readonly allowEncrypted?: boolean }
  | {
      readonly do: 'AcceptTransfer';
      readonly transferId: string;
      /** Made of the key that was given and the transfer's salt. */
      readonly keyHash: string;
      readonly projectId: ProjectId;
      readonly userId: UserId;
    }
  | { readonly do: 'DeleteTransfer'; readonly transferId: string };

type SnapshotCommand =
  /** `force`: of a volume in use (always from microversion 3.66). */
  | { readonly do: 'CreateSnapshot'; readonly snapshot: SnapshotRequest; readonly force: boolean }
  | { readonly do: 'RecordSnapshotCreated'; readonly snapshotId: string }
  | { readonly do: 'RecordSnapshotFailure'; readonly snapshotId: string; readonly failure: Failure }
  | {
      readonly do: 'UpdateSnapshot';
      readonly snapshotId: string;
      readonly name?: string | null;
      readonly description?: string | null;
    }
  | { readonly do: 'ChangeSnapshotMetadata'; readonly snapshotId: string; readonly change: MetadataChange }
  | { readonly do: 'ResetSnapshotStatus'; readonly snapshotId: string; readonly status: string }
  /** `force`: whatever its status; for administrators. */
  | { readonly do: 'DeleteSnapshot'; readonly snapshotId: string; readonly force: boolean }
  | { readonly do: 'RecordSnapshotDeleted'; readonly snapshotId: string }
  | { readonly do: 'RecordSnapshotDeletionFailure'; readonly snapshotId: string; readonly failure: Failure }
  | { readonly do: 'UnmanageSnapshot'; readonly snapshotId: string };

/** What ends connections. */
interface Cut {
  /** Refused where a server that is named has the volume (OSSA-2023-003): for who comes without the word of a service. */
  readonly unlessUsed?: boolean;
}

type AttachmentCommand =
  /** With a connector it is reserved and its connection requested in one decision. */
  | {
      readonly do: 'ReserveAttachment';
      readonly attachmentId: string;
      readonly instanceId: string | null;
      /** Null: as its connector says. */
      readonly mode: AttachMode | null;
      readonly connector: Connector | null;
    }
  | { readonly do: 'ConnectAttachment'; readonly attachmentId: string; readonly connector: Connector }
  | { readonly do: 'RecordConnected'; readonly attachmentId: string; readonly connection: Connection }
  | { readonly do: 'RecordConnectFailure'; readonly attachmentId: string; readonly failure: Failure }
  | { readonly do: 'CompleteAttachment'; readonly attachmentId: string }
  | ({ readonly do: 'RemoveAttachment'; readonly attachmentId: string } & Cut)
  | { readonly do: 'RecordDisconnected'; readonly attachmentId: string }
  | { readonly do: 'RecordDisconnectFailure'; readonly attachmentId: string; readonly failure: Failure };

/** The older actions of the API. */
type LegacyAttachmentCommand =
  | { readonly do: 'Reserve' }
  | { readonly do: 'Unreserve' }
  | { readonly do: 'BeginDetaching' }
  | { readonly do: 'RollDetaching' }
  /** os-initialize_connection; `attachmentId` is for the attachment that is made where there is none yet. */
  | { readonly do: 'LegacyConnect'; readonly attachmentId: string; readonly connector: Connector }
  /** os-attach; `attachmentId` as above. */
  | {
      readonly do: 'LegacyAttach';
      readonly attachmentId: string;
      readonly instanceId: string | null;
      readonly hostName: string | null;
      readonly mountpoint: string | null;
      readonly mode: AttachMode;
    }
  /** os-terminate_connection; a connector without a host means every one. */
  | ({ readonly do: 'LegacyTerminate'; readonly connector: Connector } & Cut)
  /** os-detach; null: the only one there is. */
  | ({ readonly do: 'LegacyDetach'; readonly attachmentId: string | null } & Cut)
  | ({ readonly do: 'ForceDetach'; readonly attachmentId: string | null } & Cut);

export type VolumeCommand =
  | LifecycleCommand
  | DetailsCommand
  | WorkCommand
  | TransferCommand
  | SnapshotCommand
  | AttachmentCommand
  | LegacyAttachmentCommand;
