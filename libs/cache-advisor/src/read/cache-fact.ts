import type { Outcome } from '@hearth/contracts';

/** What a source says of a copy, or of the image that it is a copy of; null for what it does not say. */
export interface CopyFact {
  readonly kind: 'copy';
  /** Null for what is said of the image, wherever its copies are. */
  readonly pool: string | null;
  readonly generation: number | null;
  /** Identity of the content. */
  readonly key: string | null;
  readonly imageId: string | null;
  readonly sizeGib: number | null;
  readonly bytes: number | null;
  readonly refillSeconds: number | null;
  /** When its fill began and ended, in milliseconds since 1970, where no duration is told. */
  readonly begunAt?: number;
  readonly readyAt?: number;
}

/** A create has taken its place in the cache: its request came then, however late its outcome is told. */
export interface ClaimFact {
  readonly kind: 'claim';
  readonly pool: string;
  readonly at: number;
  readonly volumeId: string;
}

/** How a request was answered. */
export interface RequestFact {
  readonly kind: 'request';
  readonly pool: string;
  readonly at: number;
  readonly outcome: Outcome;
  readonly imageId: string;
  readonly key: string | null;
  readonly generation: number | null;
  /** There is one decision for each volume; null where the source does not name it, and tells one decision several times. */
  readonly volumeId: string | null;
  /** Of the notification, where there is no volume. */
  readonly requestId: string | null;
  readonly projectId: string | null;
}

/** A volume is asked for from an image: what the volume's stream says of it later names neither image nor project. */
export interface VolumeRequestedFact {
  readonly kind: 'volume-requested';
  readonly at: number;
  readonly volumeId: string;
  readonly imageId: string;
  readonly projectId: string;
}

/** A volume that was asked for was made without the cache. */
export interface BypassFact {
  readonly kind: 'bypass';
  readonly at: number;
  readonly pool: string;
  readonly volumeId: string;
}

/** A request that no cache has a part in, or of which no volume came. */
export interface IgnoredRequestFact {
  readonly kind: 'ignored-request';
  readonly why: 'failed' | 'not-cacheable';
  readonly volumeId: string;
}

/** Cinder has made a volume. One with an image belongs to a request; one without may be an image-volume. */
export interface VolumeMadeFact {
  readonly kind: 'volume-made';
  readonly pool: string;
  readonly at: number;
  readonly volumeName: string | null;
  readonly projectId: string;
  readonly sizeGib: number;
  readonly image: { readonly imageId: string; readonly bytes: number | null } | null;
}

export interface EvictionFact {
  readonly kind: 'eviction';
  readonly pool: string;
  readonly at: number;
  readonly imageId: string;
  readonly generation: number | null;
  /** Null where the source does not say. */
  readonly sizeGib: number | null;
  readonly reason: string | null;
}

export type CacheFact =
  | CopyFact
  | ClaimFact
  | RequestFact
  | VolumeRequestedFact
  | BypassFact
  | IgnoredRequestFact
  | VolumeMadeFact
  | EvictionFact;

/** What one line of a file of events says: facts, and the types of events that the advisor has no use for. */
export interface LineFacts {
  readonly facts: readonly CacheFact[];
  readonly passedOver: readonly string[];
}
