import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const service = 'store-01@fast';
const rowOf = (log: SampleLog) => given(log).services.get({ service });
const reported = () => new SampleLog().add('service', service, sample.settingsReported([sample.poolA, 'other']));

test('a backend is enabled, with the pools and the cache that it reported', () => {
  expect(rowOf(reported())).toEqual({
    service,
    ...{ disabled: false, disabledReason: null, createdAt: momentOf(1), updatedAt: momentOf(1) },
    pools: [sample.poolA, 'store-01@fast#other'],
    cache: { state: 'enabled', reason: null, maxSizeGib: 100, maxCount: 5 },
  });
});

test('one that was disabled says why, until it is enabled again', () => {
  const disabled = reported().add('service', service, sample.serviceDisabled('disks'));
  expect(rowOf(disabled)).toMatchObject({ disabled: true, disabledReason: 'disks', updatedAt: momentOf(2) });
  const again = disabled.add('service', service, sample.settingsReported([sample.poolA]));
  expect(rowOf(again)).toMatchObject({ disabled: true, disabledReason: 'disks', pools: [sample.poolA] });
  expect(rowOf(again.add('service', service, sample.serviceEnabled))).toMatchObject({
    ...{ disabled: false, disabledReason: null, createdAt: momentOf(1) },
  });
});
