import type { DriverErrorCode } from '@hearth/driver-api';
import type { FailureCode } from '@hearth/contracts';
import type { NewImage, ServedStatus } from '../world/image-service';
import type { QuotaLimits } from '../world/internal-quota';
import type { BackendRules } from '../world/simulated-backend';
import type { LogTrouble } from '../world/simulated-log';

/** How a world begins. */
export interface Setup {
  readonly hosts: readonly {
    readonly backends: readonly BackendRules[];
    /** Options of all its backends, by their names in the configuration. */
    readonly options: Readonly<Record<string, unknown>>;
  }[];
  /** How many run side by side. */
  readonly janitors: number;
  readonly images: readonly NewImage[];
  /** Of the internal project; unlimited unless told. */
  readonly quota?: QuotaLimits;
}

/** Among images or volumes: the one that came last, and the one before it. */
export const newest = -1;
export const lastButOne = -2;

/** Driver calls that are made to fail or to hang. */
export type TroubledCall = 'clone' | 'openWriter' | 'createBlank' | 'remove' | 'extend' | 'describe';

/**
 * What somebody asks for, or what happens. Numbers without a unit choose among what there is then, counted round, so that an action means
 * something in every history.
 */
export type Deed =
  | { readonly do: 'create'; readonly image: number | null; readonly sizeGib: number; readonly count: number }
  /** `force`: by an administrator, whatever goes on. */
  | { readonly do: 'delete'; readonly volume: number; readonly force?: boolean }
  | ({ readonly do: 'new-version'; readonly family: number } & NewImage)
  | { readonly do: 'turn-image'; readonly image: number; readonly to: ServedStatus }
  | { readonly do: 'edit-image'; readonly image: number }
  /** Other bytes under the same id. */
  | { readonly do: 'change-image'; readonly image: number; readonly virtualGib: number; readonly headerGib: number }
  /** What lies beside the volumes is not the image any more, or is not there. */
  | { readonly do: 'tamper'; readonly image: number; readonly how: 'changed' | 'removed' }
  | { readonly do: 'looks-fail'; readonly count: number }
  | { readonly do: 'set-quota'; readonly limits: QuotaLimits }
  | { readonly do: 'pin'; readonly pool: number; readonly image: number }
  | { readonly do: 'unpin'; readonly pool: number; readonly image: number }
  | { readonly do: 'switch-off'; readonly pool: number; readonly ready: 'drain' | 'stay' }
  | { readonly do: 'switch-on'; readonly pool: number }
  | {
      readonly do: 'prefetch';
      readonly pool: number;
      readonly image: number;
      readonly pin: boolean;
      readonly deadlineSeconds: number | null;
    }
  | { readonly do: 'cancel-prefetch'; readonly pool: number; readonly prefetch: number }
  | { readonly do: 'evict'; readonly pool: number; readonly entry: number }
  | { readonly do: 'kill'; readonly host: number; readonly downTurns: number }
  | { readonly do: 'restart'; readonly host: number; readonly options: Readonly<Record<string, unknown>> }
  | { readonly do: 'boot-beside'; readonly host: number; readonly turns: number }
  | {
      readonly do: 'driver-fails';
      readonly pool: number;
      readonly call: TroubledCall;
      readonly codes: readonly DriverErrorCode[];
    }
  | { readonly do: 'driver-hangs'; readonly pool: number; readonly call: TroubledCall; readonly turns: number }
  | { readonly do: 'image-fails'; readonly codes: readonly FailureCode[] }
  | { readonly do: 'image-hangs'; readonly turns: number }
  | { readonly do: 'log-fails'; readonly troubles: readonly LogTrouble[] }
  | { readonly do: 'nudge'; readonly host: number; readonly volume: number | null; readonly pool: number }
  | { readonly do: 'corrupt'; readonly pool: number; readonly entry: number }
  | { readonly do: 'lose'; readonly pool: number; readonly entry: number }
  | { readonly do: 'grow'; readonly pool: number; readonly entry: number }
  | {
      readonly do: 'policy';
      readonly family: number;
      readonly keep: number;
      readonly pin: boolean;
      readonly pools: 'all' | number;
    }
  | { readonly do: 'remove-policy'; readonly policy: number }
  /** An object appears on a backend: the remains of what was there once, or somebody else's. */
  | { readonly do: 'plant'; readonly pool: number; readonly what: 'remains' | 'foreign'; readonly pick: number }
  | { readonly do: 'pass'; readonly pick: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'look' };

/** A deed, and how many turns go by after it; `rest`: all that can happen does, and what holds at rest is checked. */
export type Action = Deed & { readonly then: number | 'rest' };

export interface History {
  readonly setup: Setup;
  readonly actions: readonly Action[];
}
