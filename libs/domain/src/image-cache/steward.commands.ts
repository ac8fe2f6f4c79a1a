import type { Actor, Failure, ImageIdentity, PrefetchOutcome, SuspensionCause } from '@hearth/contracts';
import type { Generation } from '@hearth/kernel';
import type { AgeingRules } from '../eviction/ageing';
import type { CacheLimits } from '../eviction/limits';

/** Who does it, and when: ISO 8601. */
export interface Act {
  readonly by: Actor;
  readonly at: string;
}

/** Which entries a prune takes, see `planPrune`. */
export type PruneRule =
  /** Drained, past the grace period, superseded, over the time to live, unused: by the rules of the pool. */
  | ({ readonly kind: 'ageing'; readonly keepGenerations: number } & AgeingRules)
  /** Every idle entry; pinned ones only where that is said. */
  | { readonly kind: 'all'; readonly pinned: boolean }
  /** The same of one image. */
  | { readonly kind: 'image'; readonly imageId: string; readonly pinned: boolean };

/** What operators, policies, the janitor's passes and the reconcile with the backend ask of a pool's cache. */
export type StewardCommand =
  /** The image cannot be used: its entries serve nobody until it can. */
  | { readonly do: 'SuspendImage'; readonly imageId: string; readonly cause: SuspensionCause; readonly at: string }
  | { readonly do: 'ResumeImage'; readonly imageId: string; readonly at: string }
  /** With what the image is, where that is known, its pin holds the entry of another image too that serves it by an equal, trusted hash. */
  | ({
      readonly do: 'PinImage';
      readonly imageId: string;
      readonly image?: ImageIdentity | undefined;
      readonly note: string | null;
    } & Act)
  | ({ readonly do: 'UnpinImage'; readonly imageId: string } & Act)
  | ({ readonly do: 'SwitchOff'; readonly ready: 'drain' | 'stay' } & Act)
  | ({ readonly do: 'SwitchOn' } & Act)
  /** An image is to have an entry; `sizeGib` and `limits`, where they are known, tell at once that it cannot. */
  | ({
      readonly do: 'RequestPrefetch';
      readonly prefetchId: string;
      readonly imageId: string;
      readonly image?: ImageIdentity;
      readonly deadline: string | null;
      readonly pin: boolean;
      readonly sizeGib?: number;
      readonly limits?: CacheLimits;
    } & Act)
  | ({ readonly do: 'CancelPrefetch'; readonly prefetchId: string } & Act)
  /** What became of a prefetch whose end its fill does not tell. */
  | {
      readonly do: 'EndPrefetch';
      readonly prefetchId: string;
      readonly outcome: PrefetchOutcome;
      readonly generation: Generation | null;
      readonly failure: Failure | null;
      readonly at: string;
    }
  /** Evicts by rule, at most `evictionsMax` entries: what is left is asked for again. */
  | {
      readonly do: 'Prune';
      readonly rule: PruneRule;
      readonly evictionsMax: number;
      readonly at: string;
      readonly by?: Actor;
    }
  /** The backend holds another size than was recorded. With limits, what that takes too much is given up by others. */
  | {
      readonly do: 'CorrectSize';
      readonly generation: Generation;
      readonly sizeGib: number;
      readonly limits?: CacheLimits;
      readonly at: string;
    }
  /** An object that nobody knew was removed. Each call is one fact: to be called once an object. */
  | {
      readonly do: 'RecordOrphan';
      readonly objectName: string;
      /** Null where the backend does not say. */
      readonly sizeGib: number | null;
      readonly at: string;
    }
  /** How many volumes depend on each of some entries; those that are known so, or not known at all, are passed over. */
  | {
      readonly do: 'CountDependants';
      readonly counts: readonly { readonly generation: Generation; readonly count: number }[];
      readonly at: string;
    };
