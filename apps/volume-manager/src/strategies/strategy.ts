import type { CreateDecision, ImageIdentity, SignatureState, Strategy as StrategyName } from '@hearth/contracts';
import type { VolumeRequest } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
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
  /** Removes what a clone would be taken for; undefined where that was made by this very create. See `makeWay`. */
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

/** No clone can take the volume's place: what is there does not go. */
export class InTheWayError extends Error {
  constructor(
    /** Why, as a typed reason. */
    readonly reason: string,
    options: ErrorOptions,
  ) {
    super(reason, options);
    this.name = 'InTheWayError';
  }
}

/**
 * Why no clone can take the volume's place, as a typed reason, where that is known before anything is done: a backend keeps what has
 * snapshots.
 */
export function obstacleTo({ volume: { state }, makeWay: isReplacing }: ImageWork): string | undefined {
  if (!isReplacing || state.status !== 'provisioned') return undefined;
  return state.snapshots.size > 0 ? 'volume-has-snapshots' : undefined;
}

/** Before a clone. Throws `InTheWayError`. */
export async function makeWay(work: ImageWork): Promise<void> {
  try {
    await work.makeWay?.();
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const reason = error.code === 'has-dependants' ? 'volume-has-dependants' : 'volume-in-the-way';
    work.host.log.info('what is in a volume does not make way for a clone', { volumeId: work.volume.id, error });
    throw new InTheWayError(reason, { cause: error });
  }
}
