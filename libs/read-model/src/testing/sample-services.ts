import type { CacheSettings, ServiceEvent } from '@hearth/contracts';

// What operators and hosts say of a backend.

export const serviceDisabled = (reason = 'maintenance'): ServiceEvent => ({
  type: 'ServiceDisabled',
  data: { service: 'store-01@fast', reason },
});
export const serviceEnabled: ServiceEvent = { type: 'ServiceEnabled', data: { service: 'store-01@fast' } };
export const settingsReported = (pools: string[], more: Partial<CacheSettings> = {}): ServiceEvent => ({
  type: 'CacheSettingsReported',
  data: {
    service: 'store-01@fast',
    pools,
    cache: { state: 'enabled', reason: null, maxSizeGib: 100, maxCount: 5, ...more },
  },
});
