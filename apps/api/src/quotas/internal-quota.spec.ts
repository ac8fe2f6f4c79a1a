import { internalQuotaVerdict } from './internal-quota';

const usage = (volumes: number, gigabytes: number) => ({
  volumes: { limit: 10, inUse: volumes, reserved: 0 },
  gigabytes: { limit: 1000, inUse: gigabytes, reserved: 0 },
});

test('I.31: unless a quota was set for the internal project it has none, whatever the defaults are', () =>
  expect(internalQuotaVerdict({ sizeGib: 500 }, {}, usage(10, 900))).toEqual({ verdict: 'within' }));

test('what was set as unlimited is', () =>
  expect(internalQuotaVerdict({ sizeGib: 5 }, { volumes: -1, gigabytes: -1 }, usage(99, 9_999))).toEqual({
    verdict: 'within',
  }));

test.each([
  ['the last one that fits', { volumes: 11 }, 1, { verdict: 'within' }],
  ['one more volume', { volumes: 10 }, 1, { verdict: 'over', resource: 'volumes', limit: 10, inUse: 10 }],
  ['the last GiB', { gigabytes: 55 }, 5, { verdict: 'within' }],
  ['one GiB more', { gigabytes: 54 }, 5, { verdict: 'over', resource: 'gigabytes', limit: 54, inUse: 50 }],
  ['nothing at all', { volumes: 0 }, 1, { verdict: 'over', resource: 'volumes', limit: 0, inUse: 10 }],
])('%s', (_, own, sizeGib, verdict) => expect(internalQuotaVerdict({ sizeGib }, own, usage(10, 50))).toEqual(verdict));

test('what is reserved is taken', () => {
  const quotas = { ...usage(1, 1), volumes: { limit: 10, inUse: 1, reserved: 1 } };
  expect(internalQuotaVerdict({ sizeGib: 1 }, { volumes: 2 }, quotas)).toMatchObject({ verdict: 'over', inUse: 2 });
});

test('what is given up for it makes room, and no more than that', () => {
  const full = { sizeGib: 5, givesUp: { volumes: 1, gigabytes: 5 } };
  const own = { volumes: 10, gigabytes: 50 };
  expect(internalQuotaVerdict(full, own, usage(10, 50))).toEqual({ verdict: 'within' });
  expect(internalQuotaVerdict(full, own, usage(11, 50))).toMatchObject({ verdict: 'over', resource: 'volumes' });
  expect(internalQuotaVerdict({ ...full, sizeGib: 6 }, own, usage(10, 50))).toMatchObject({ resource: 'gigabytes' });
});
