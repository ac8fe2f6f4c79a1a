import type { Actor, EvictReason, Failure, ImageCacheEvent, ImageIdentity } from '@hearth/contracts';
import type { Generation, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import type { CacheLimits } from '../eviction/limits';
import type { CacheEntry } from './image-cache.state';
import type { StewardCommand } from './steward.commands';

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
  /** The present moment, ISO 8601. */
  readonly at: string;
}

/** A create that asks for its image. */
export interface ClaimRequest extends FillRequest {
  readonly volumeId: VolumeId;
  /** Whose create it is: what it fills counts as that project's share. */
  readonly projectId?: ProjectId;
  /** Clones that one entry bears; 0, no limit, unless told. */
  readonly cloneLimit?: number;
  /** Seconds within which a second request makes an entry; without it the first does. */
  readonly admissionWindowSeconds?: number;
  /**
   * False: nobody has asked yet whether the internal project has quota for one more image-volume; a claim that would begin a fill
   * is refused as `image-cache.over_quota` then.
   */
  readonly hasQuota?: boolean;
}

/** What may be asked of a pool's cache. Ids, sizes, settings and the time arrive as arguments; nothing is looked up. */
export type ImageCacheCommand =
  /**
   * A create asks for its image: it is told to clone, to wait, or to fill (see `claimOf` on the state after it). Where the state after
   * it holds no claim, asking again tells why.
   */
  | ({ readonly do: 'ClaimEntry' } & ClaimRequest)
  /**
   * The driver says that the entry bears no more clones: it is retired, and the create that holds a lease of it begins or joins the
   * fill of its successor, in one decision.
   */
  | ({ readonly do: 'SupersedeEntry'; readonly generation: Generation } & ClaimRequest)
  /** A copy is wanted though no create asks for it: a prefetch, an upload, or one that went bad and is filled again. */
  | ({ readonly do: 'BeginFill'; readonly prefetchId?: string } & FillRequest)
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
      /** Only whoever began the fill fails, because of what is its own: the size of its volume, say. Those who wait begin another. */
      readonly ofFiller?: boolean;
      /** The fill goes on while a create waits for it, or a prefetch that is not cancelled. */
      readonly unlessWanted?: boolean;
      /** The present moment, ISO 8601; a prefetch that ends with it has no other end. */
      readonly at?: string;
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
  /**
   * The entry stops serving at once, in use or not; with `ifIdle` it is refused while a create holds it, and with `unlessPinned` one
   * whose image is pinned stays. With `ifStill` it stays when it was used, suspended or resumed since it was so.
   */
  | {
      readonly do: 'RetireEntry';
      readonly generation: Generation;
      readonly reason: EvictReason;
      readonly ifIdle?: boolean;
      readonly unlessPinned?: boolean;
      readonly ifStill?: Pick<CacheEntry, 'lastUse' | 'suspended'>;
      readonly by?: Actor;
      readonly at?: string;
    }
  /** Limits that were lowered, and watermarks, are made to hold, as far as entries in use and pins allow. */
  | {
      readonly do: 'TrimToLimits';
      readonly limits: CacheLimits;
      readonly evictionsMax: number;
      readonly at?: string;
    }
  /** The image-volume was read again: what was found is compared with what was written. */
  | { readonly do: 'RecordVerification'; readonly found: Verification }
  /** The image-volume of a retired entry has been removed. */
  | { readonly do: 'RecordReaped'; readonly generation: Generation }
  | StewardCommand;

export type CommandOf<Name extends ImageCacheCommand['do']> = Extract<ImageCacheCommand, { do: Name }>;
