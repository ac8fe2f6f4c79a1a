import { type CacheSettings, type RefusalCode, type ServiceEvent, effectiveCacheSettings } from '@hearth/contracts';
import { type Decider, assertNever } from '@hearth/kernel';
import { sameJson } from '../volume/same-json';

/** One backend of one host: may it get work, and what its cache may do. */
export interface Service {
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly pools: readonly string[];
  readonly cache: CacheSettings | undefined;
}

export type ServiceCommand =
  | { readonly do: 'EnableService'; readonly service: string }
  | { readonly do: 'DisableService'; readonly service: string; readonly reason: string }
  | {
      readonly do: 'ReportCacheSettings';
      readonly service: string;
      readonly pools: readonly string[];
      readonly cache: CacheSettings;
    };

/** All decisions about one backend of one host; settings are recorded when they change, not at every start. */
export const serviceDecider: Decider<ServiceCommand, Service, ServiceEvent, RefusalCode> = {
  initialState: { enabled: true, disabledReason: null, pools: [], cache: undefined },
  decide(command, state) {
    const { service } = command;
    switch (command.do) {
      case 'EnableService':
        return state.enabled ? [] : [{ type: 'ServiceEnabled', data: { service } }];
      case 'DisableService':
        if (!state.enabled && state.disabledReason === command.reason) return [];
        return [{ type: 'ServiceDisabled', data: { service, reason: command.reason } }];
      case 'ReportCacheSettings': {
        const { pools, cache } = command;
        if (sameSettings(state, pools, cache)) return [];
        return [{ type: 'CacheSettingsReported', data: { service, pools: [...pools], cache } }];
      }
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'ServiceEnabled':
        return { ...state, enabled: true, disabledReason: null };
      case 'ServiceDisabled':
        return { ...state, enabled: false, disabledReason: event.data.reason };
      case 'CacheSettingsReported':
        return { ...state, pools: event.data.pools, cache: event.data.cache };
    }
  },
  isTerminal: () => false,
};

/** A rule that is not said and one that is said to be the default are the same. */
function sameSettings(state: Service, pools: readonly string[], cache: CacheSettings): boolean {
  if (!state.cache || !sameJson(state.pools, pools)) return false;
  return sameJson(effectiveCacheSettings(state.cache), effectiveCacheSettings(cache));
}
