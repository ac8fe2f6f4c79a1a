import type { PoolReport } from '@hearth/contracts';
import { examplePool, exampleRequest, otherPool } from '../volume/volume.examples';
import type { Candidate } from './candidate';
import { place } from './placement';
import { promisableGib, roominessGib } from './room';

/** A sparse pool on a disk that something else has filled to three quarters. */
const pool = (patch: Partial<Candidate> = {}): Candidate => ({
  pool: examplePool,
  availabilityZone: exampleRequest.availabilityZone ?? 'nova',
  totalGib: 100,
  freeGib: 25,
  provisionedGib: 0,
  thin: true,
  oversubscriptionMax: 20,
  reservedPercent: 0,
  capabilities: {},
  cloneMethod: 'overlay',
  cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 } satisfies PoolReport['cache'],
  image: 'absent',
  ...patch,
});

test('no more than real room times oversubscription may be promised, nor more than is left of the promise', () => {
  expect(promisableGib(pool())).toBe(500);
  expect(promisableGib(pool({ provisionedGib: 1_900 }))).toBe(100);
  expect(promisableGib(pool({ reservedPercent: 10 }))).toBe(300);
  expect(promisableGib(pool({ thin: false }))).toBe(25);
});

test('what was promised makes a thin pool less roomy, however much of its disk is taken otherwise', () => {
  expect(roominessGib(pool({ provisionedGib: 20 }))).toBeLessThan(roominessGib(pool()));
  expect(roominessGib(pool({ freeGib: 24 }))).toBeLessThan(roominessGib(pool()));
});

test('a burst of blank volumes spreads over thin pools, although one has a little more of its disk free', () => {
  const provisionedGib = new Map([
    [examplePool, 0],
    [otherPool, 0],
  ]);
  for (let count = 0; count < 10; count += 1) {
    const pools = [pool({ freeGib: 25.5 }), pool({ pool: otherPool })];
    const reports = pools.map((one) => ({ ...one, provisionedGib: provisionedGib.get(one.pool) ?? 0 }));
    const { chosen } = place({ request: { ...exampleRequest, sizeGib: 20 }, tried: [] }, reports);
    provisionedGib.set(chosen!.pool, (provisionedGib.get(chosen!.pool) ?? 0) + 20);
  }
  expect([...provisionedGib.values()]).toEqual([100, 100]);
});
