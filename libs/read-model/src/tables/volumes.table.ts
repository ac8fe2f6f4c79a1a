import type { CreateDecision, Failure } from '@hearth/contracts';
import type { Table } from './table';

/** As on Cinder's wire; `deleted` never leaves the read model: such a volume is only explained. */
export type VolumeStatus =
  'creating' | 'downloading' | 'available' | 'error' | 'deleting' | 'error_deleting' | 'deleted';

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
  /** The size asked for. */
  readonly sizeGib: number;
  /** Null for an image-volume: no tenant chose a type for it. */
  readonly volumeTypeId: string | null;
  readonly volumeTypeName: string | null;
  readonly availabilityZone: string | null;
  /** `host@backend#pool`; null before the volume is placed. */
  readonly host: string | null;
  readonly bootable: boolean;
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
    volumeTypeId: 'id?',
    volumeTypeName: 'text?',
    availabilityZone: 'text?',
    host: 'id?',
    bootable: 'boolean',
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
