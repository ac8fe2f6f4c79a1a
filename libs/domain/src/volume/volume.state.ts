import type {
  AttachMode,
  Connection,
  Connector,
  CreateDecision,
  Failure,
  ImageIdentity,
  VolumeEvent,
  VolumeTypeFacts,
} from '@hearth/contracts';
import type { PoolRef, ProjectId, UserId } from '@hearth/kernel';
import type { OrderedMap } from './ordered-map';

export type DataOf<Type extends VolumeEvent['type']> = Extract<VolumeEvent, { type: Type }>['data'];

/** What was asked for when the volume was requested; it never changes. */
export type VolumeRequest = DataOf<'VolumeRequested'>;

/** The image's record that an upload fills, and how. */
export type UploadFacts = DataOf<'VolumeUploadRequested'>;

export type Texts = Readonly<Record<string, string>>;

/** What of a volume may change after its request. */
export interface VolumeDetails {
  readonly projectId: ProjectId;
  readonly userId: UserId;
  readonly name: string | null;
  readonly description: string | null;
  /** GiB, as a client sees it: an extension counts when it is done. */
  readonly sizeGib: number;
  readonly volumeType: VolumeTypeFacts;
  readonly metadata: Texts;
  readonly imageMetadata: Texts;
  readonly bootable: boolean;
  /** Null until somebody has said: only then it is shown. */
  readonly readOnly: boolean | null;
  readonly multiattach: boolean;
}

export interface Attachment {
  readonly id: string;
  readonly instanceId: string | null;
  /** Null until it is connected, where none was asked for. */
  readonly mode: AttachMode | null;
  /** Made by the older actions of the API. */
  readonly legacy: boolean;
  /** While it is `connecting` or `disconnecting` the host owes it that. */
  readonly status:
    'reserved' | 'connecting' | 'connected' | 'attached' | 'disconnecting' | 'error_attaching' | 'error_detaching';
  readonly connector: Connector | null;
  readonly connection: Connection | null;
  readonly hostName: string | null;
  readonly mountpoint: string | null;
  /** The client has said that it uses the volume. */
  readonly completed: boolean;
  /** Whether it goes when it is disconnected; `anyway`: also when that fails. */
  readonly leaving: boolean | 'anyway';
}

export interface Snapshot {
  readonly id: string;
  readonly projectId: ProjectId;
  readonly userId: UserId;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Texts;
  /** GiB of the volume when the snapshot was requested. */
  readonly sizeGib: number;
  /** As on the wire: creating, available, restoring, error, deleting, error_deleting, or what an administrator set. */
  readonly status: string;
  /** What the host owes for it. */
  readonly work: 'create' | 'delete' | undefined;
  /** The backend's own snapshot that is taken over; undefined for a new one. */
  readonly existing: { readonly sourceName: string } | undefined;
}

/** What the host owes the volume itself; one at a time. */
export type VolumeWork =
  | { readonly do: 'extend'; readonly toGib: number }
  | { readonly do: 'revert'; readonly snapshotId: string }
  | { readonly do: 'upload'; readonly upload: UploadFacts }
  | { readonly do: 'reimage'; readonly image: ImageIdentity };

/** An offer of the volume to who knows the key; of the key only a salted hash is kept. */
export interface Transfer {
  readonly id: string;
  readonly name: string | null;
  readonly salt: string;
  readonly keyHash: string;
  readonly noSnapshots: boolean;
}

interface Requested {
  readonly request: VolumeRequest;
  readonly details: VolumeDetails;
}

interface OnPool extends Requested {
  readonly pool: PoolRef;
  readonly availabilityZone: string;
}

/** It was made, or an administrator said so. */
export interface ProvisionedVolume extends OnPool {
  readonly status: 'provisioned';
  readonly decision: CreateDecision | null;
  /** The word on the wire: available, in-use, extending, error_extending, … (`volume.label.ts`), or what an administrator set. */
  readonly label: string;
  readonly work: VolumeWork | undefined;
  /** In the order in which they were reserved. */
  readonly attachments: ReadonlyMap<string, Attachment>;
  /** In the order in which they were requested: the last one is the latest. */
  readonly snapshots: OrderedMap<Snapshot>;
  readonly transfer: Transfer | undefined;
  /** What the older actions hold it for: os-reserve, os-begin_detaching. */
  readonly held: 'attach' | 'detach' | undefined;
  /** As an administrator set it; undefined: as the attachments say. */
  readonly attachStatus: 'attached' | 'detached' | undefined;
  /** As an administrator set it. */
  readonly migrationStatus: string | null;
  /** Ids of images whose upload was given up: each has a record that nobody may be giving bytes to. */
  readonly unsettledUploads: readonly string[];
}

/** What is being removed from its pool; what is left of it is kept, for an administrator may call it back. */
export interface DeletingVolume extends OnPool {
  readonly status: 'deleting';
  readonly decision: CreateDecision | null;
  /** Those that go with the volume and are there yet. */
  readonly snapshots: OrderedMap<Snapshot>;
  /** See `ProvisionedVolume`; they are seen to before the volume goes. */
  readonly unsettledUploads: readonly string[];
}

/** A volume's life: each status carries exactly what is known in it. On the wire, `requested` and `placed` are `creating`. */
export type Volume =
  | { readonly status: 'absent' }
  | (Requested & {
      readonly status: 'requested';
      readonly tried: readonly PoolRef[];
      /** Why the last pool gave it back; undefined while none did. */
      readonly lastFailure: Failure | undefined;
    })
  | (OnPool & { readonly status: 'placed'; readonly tried: readonly PoolRef[]; readonly downloading: boolean })
  | ProvisionedVolume
  /** The create failed: on a pool, or because none would take it. */
  | (OnPool & { readonly status: 'error'; readonly failure: Failure })
  | (Requested & {
      readonly status: 'error';
      readonly pool: undefined;
      readonly availabilityZone: undefined;
      readonly failure: Failure;
    })
  | DeletingVolume
  | (Omit<DeletingVolume, 'status'> & { readonly status: 'error-deleting'; readonly failure: Failure })
  | (Requested & { readonly status: 'deleted' });

/** A volume that is there, or is to be. */
export type LiveVolume = Exclude<Volume, { readonly status: 'absent' | 'deleted' }>;

/** What an event makes of a volume; one that does not belong to its status leaves it as it is. */
export type Evolutions<Type extends VolumeEvent['type']> = {
  readonly [T in Type]: (volume: LiveVolume, data: DataOf<T>) => Volume;
};

/** How many pools one create may try (Cinder's scheduler_max_attempts). */
export const placementAttemptsMax = 3;

/** Keys in the metadata of a volume or a snapshot. */
export const metadataKeysMax = 128;

/** Attachments of a volume, those on their way out included: what is decided about all of them at once has to fit into a commit. */
export const attachmentsMax = 1_000;
