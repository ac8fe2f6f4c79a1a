import type { CreateDecision, EncryptionSpec, Failure } from '@hearth/contracts';
import type { VolumeAttachment } from './attachments.table';
import type { Table } from './table';

/**
 * As on Cinder's wire: creating, downloading, available, reserved, attaching, in-use, detaching, extending, error_extending, reverting,
 * uploading, awaiting-transfer, error, deleting, error_deleting, or what an administrator set. `deleted` never leaves the read model: such
 * a volume is only explained.
 */
export type VolumeStatus = string;

/** An offer of a volume to another project, which nobody has accepted yet. */
export interface PendingTransfer {
  readonly id: string;
  readonly noSnapshots: boolean;
}

/** One attempt to place a volume: the pool that was chosen (null: none), why others were not, and how it ended. */
export interface PlacementAttempt {
  readonly pool: string | null;
  readonly at: string;
  readonly rejected: readonly { readonly pool: string; readonly reason: string }[];
  readonly failure: Failure | null;
}

/**
 * One row a volume, the image-volumes of the cache included. A deleted volume keeps its row, so that it can be explained;
 * every list and every index for lists leaves it out by `deletedAt`.
 */
export interface VolumeRow {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: VolumeStatus;
  /** The size asked for; what it was extended to, once that is done. */
  readonly sizeGib: number;
  /** The size that an extension under way leads to, GiB: what counts as usage from its request on. */
  readonly extendingToGib: number | null;
  /** Null for an image-volume: no tenant chose a type for it. */
  readonly volumeTypeId: string | null;
  readonly volumeTypeName: string | null;
  /** How the type said that it is encrypted when the volume was requested. */
  readonly encryption: EncryptionSpec | null;
  /** Key manager's id of its key; null: not encrypted. */
  readonly encryptionKeyId: string | null;
  /** What it was made from, if from a snapshot or a volume. */
  readonly snapshotId: string | null;
  readonly sourceVolid: string | null;
  readonly availabilityZone: string | null;
  /** `host@backend#pool`; null before the volume is placed. */
  readonly host: string | null;
  readonly bootable: boolean;
  /** Null until somebody has said: then the wire shows `readonly` among the metadata. */
  readonly readOnly: boolean | null;
  readonly multiattach: boolean;
  /** `attached` while any of its attachments is, or what an administrator set. */
  readonly attachStatus: 'attached' | 'detached';
  readonly migrationStatus: string | null;
  /** In the order in which they were reserved. */
  readonly attachments: readonly VolumeAttachment[];
  /** What the older actions hold it for: os-reserve, os-begin_detaching. */
  readonly held: 'attach' | 'detach' | null;
  /** Ids of its snapshots that are not deleted, oldest first. */
  readonly snapshotIds: readonly string[];
  readonly transfer: PendingTransfer | null;
  /** An image-volume of the cache, owned by the internal project. */
  readonly internal: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** Shown as volume_image_metadata. */
  readonly imageMetadata: Readonly<Record<string, string>>;
  readonly imageId: string | null;
  /** What went wrong last; null once the volume is available. */
  readonly failure: Failure | null;
  /** How the create from an image was served. */
  readonly decision: CreateDecision | null;
  readonly placements: readonly PlacementAttempt[];
  /** The request that created it. */
  readonly requestId: string | null;
  /** SHA-256 of that request's content, for idempotency keys. */
  readonly requestDigest: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly launchedAt: string | null;
  readonly deletedAt: string | null;
}

export const volumesTable: Table<VolumeRow, 'id'> = {
  name: 'volumes',
  key: ['id'],
  columns: {
    id: 'id',
    projectId: 'id',
    userId: 'id',
    name: 'text?',
    description: 'text?',
    status: 'id',
    sizeGib: 'integer',
    extendingToGib: 'integer?',
    volumeTypeId: 'id?',
    volumeTypeName: 'text?',
    encryption: 'jsonb?',
    encryptionKeyId: 'id?',
    snapshotId: 'id?',
    sourceVolid: 'id?',
    availabilityZone: 'text?',
    host: 'id?',
    bootable: 'boolean',
    readOnly: 'boolean?',
    multiattach: 'boolean',
    attachStatus: 'id',
    migrationStatus: 'id?',
    attachments: 'jsonb',
    held: 'id?',
    snapshotIds: 'jsonb',
    transfer: 'jsonb?',
    internal: 'boolean',
    metadata: 'jsonb',
    imageMetadata: 'jsonb',
    imageId: 'id?',
    failure: 'jsonb?',
    decision: 'jsonb?',
    placements: 'jsonb',
    requestId: 'id?',
    requestDigest: 'id?',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    launchedAt: 'timestamptz?',
    deletedAt: 'timestamptz?',
  },
};
