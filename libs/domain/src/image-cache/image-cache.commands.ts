import type { EvictReason, Failure, ImageCacheEvent, ImageIdentity } from '@hearth/contracts';
import type { Generation, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import type { CacheLimits } from './eviction';

/** What a look at an image-volume has found. */
export type Verification = Extract<ImageCacheEvent, { type: 'verified' }>['data'];

type Created = Extract<ImageCacheEvent, { type: 'create' }>['data'];

/** What it takes to begin a fill, if it comes to that. */
export interface FillRequest {
  readonly image: ImageIdentity;
  /** See `contentKey`. */
  readonly content: string;
  /** GiB to reserve. */
  readonly sizeGib: number;
  readonly limits: CacheLimits;
  /** The id of the image-volume; a new one for every call. */
  readonly imageVolumeId: VolumeId;
  readonly filler: { readonly host: string; readonly incarnation: string };
  readonly internalProjectId: ProjectId;
  readonly internalUserId: UserId;
}

/** What may be asked of a pool's cache. Ids, sizes and settings arrive as arguments; nothing is looked up. */
export type ImageCacheCommand =
  /** A create asks for its image: it is told to clone, to wait, or to fill (see `claimOf` on the state after it). */
  | ({ readonly do: 'ClaimEntry'; readonly volumeId: VolumeId } & FillRequest)
  /** A copy is wanted though no create asks for it: one that went bad is filled again. */
  | ({ readonly do: 'BeginFill' } & FillRequest)
  /** The image is larger or smaller than was thought when room was made. */
  | { readonly do: 'SizeFill'; readonly generation: Generation; readonly sizeGib: number; readonly limits: CacheLimits }
  /** The image-volume is whole and durable; `identity` where it was not known before what it is a copy of. */
  | {
      readonly do: 'CompleteFill';
      readonly created: Omit<Created, 'imageId' | 'imageVolumeId' | 'sizeGib'>;
      readonly identity?: { readonly image: ImageIdentity; readonly content: string };
    }
  /** The attempt failed; `transient` when another may succeed. */
  | {
      readonly do: 'FailFill';
      readonly generation: Generation;
      readonly failure: Failure;
      readonly transient: boolean;
    }
  /** Wakes creates that still wait for a fill that has ended. */
  | { readonly do: 'ReleaseWaiters'; readonly generation: Generation }
  /** A create has ended: its one hit or miss is recorded, and its claim goes. */
  | {
      readonly do: 'SettleClaim';
      readonly volumeId: VolumeId;
      readonly succeeded: boolean;
      readonly projectId: ProjectId;
      readonly userId: UserId;
      readonly sizeGib: number;
      readonly volumeType: string;
      readonly requestId: string | null;
    }
  /** The create that holds it found its copy unusable and asks anew; it has not ended. */
  | { readonly do: 'ReturnLease'; readonly volumeId: VolumeId; readonly reason: string }
  /** The entry stops serving at once, in use or not. */
  | { readonly do: 'RetireEntry'; readonly generation: Generation; readonly reason: EvictReason }
  /** Limits that were lowered are made to hold, as far as entries in use allow. */
  | { readonly do: 'TrimToLimits'; readonly limits: CacheLimits; readonly evictionsMax: number }
  /** The image-volume was read again: what was found is compared with what was written. */
  | { readonly do: 'RecordVerification'; readonly found: Verification }
  /** The image-volume of a retired entry has been removed. */
  | { readonly do: 'RecordReaped'; readonly generation: Generation };

export type CommandOf<Name extends ImageCacheCommand['do']> = Extract<ImageCacheCommand, { do: Name }>;
