import type { CreateDecision, ImageIdentity, SignatureState, Strategy as StrategyName } from '@hearth/contracts';
import type { VolumeRequest } from '@hearth/domain';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import type { KnownVolume } from '../volumes/known-volume';

/** One create from an image on one pool, or a reimage: the image's bytes in place of a volume's own. */
export interface ImageWork {
  readonly host: Host;
  readonly pool: Pool;
  readonly volume: KnownVolume;
  readonly request: VolumeRequest;
  /** GiB of the volume. */
  readonly sizeGib: number;
  readonly image: ImageIdentity;
  /** Removes what a clone would be taken for; undefined where that was made by this very create. Throws the driver's errors. */
  readonly makeWay?: () => Promise<void>;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** What a strategy made, as far as the decision tells it. */
export type Made = Omit<CreateDecision, 'strategy' | 'declined'>;

/**
 * `made`: with what is known of the image's signature, which the volume is stamped with. `declined`: not this way, for a typed reason;
 * the next strategy is asked. `waiting`: the create is recorded elsewhere and will be nudged. A create that must fail throws
 * `CreateFailedError`.
 */
export type Answer =
  | { readonly status: 'made'; readonly made: Made; readonly signature: SignatureState | undefined }
  | { readonly status: 'waiting' }
  | { readonly status: 'declined'; readonly reason: string };

export interface Strategy {
  readonly name: StrategyName;
  attempt(work: ImageWork): Promise<Answer>;
}

export const declined = (reason: string): Answer => ({ status: 'declined', reason });
