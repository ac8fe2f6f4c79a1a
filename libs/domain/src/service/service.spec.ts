import { given } from '@hearth/testing';
import { type ServiceCommand, serviceDecider } from './service.decide';

const service = 'store-01@fast';
const cache = { state: 'enabled', reason: null, maxSizeGib: 10, maxCount: 0 } as const;
const report: ServiceCommand = { do: 'ReportCacheSettings', service, pools: [`${service}#default`], cache };
const reported = { type: 'CacheSettingsReported', data: { service, pools: [`${service}#default`], cache } } as const;
const disabled = { type: 'ServiceDisabled', data: { service, reason: 'new disks' } } as const;

test('settings are recorded when they are new', () => given(serviceDecider, []).when(report).then(reported));
test('settings that are known are not recorded again', () =>
  given(serviceDecider, [{ ...reported, data: { ...reported.data, pools: [...reported.data.pools] } }])
    .when(report)
    .thenNothing());
test('a lowered limit is recorded', () =>
  given(serviceDecider, [{ ...reported, data: { ...reported.data, pools: [...reported.data.pools] } }])
    .when({ ...report, cache: { ...cache, maxSizeGib: 5 } })
    .thenTypes('CacheSettingsReported'));
test('a rule that changes is recorded, one that is said to be the default is not', () => {
  const known = given(serviceDecider, [{ ...reported, data: { ...reported.data, pools: [...reported.data.pools] } }]);
  known.when({ ...report, cache: { ...cache, policy: 'sieve' } }).thenTypes('CacheSettingsReported');
  known.when({ ...report, cache: { ...cache, ttlSeconds: 60 } }).thenTypes('CacheSettingsReported');
  known.when({ ...report, cache: { ...cache, policy: 'lru', ttlSeconds: 0 } }).thenNothing();
});
test('a service is disabled once', () =>
  given(serviceDecider, [disabled]).when({ do: 'DisableService', service, reason: 'new disks' }).thenNothing());
test('an enabled service is not enabled again', () =>
  given(serviceDecider, []).when({ do: 'EnableService', service }).thenNothing());
