import { examplePool, exampleRequest, otherPool } from '../volume/volume.examples';
import type { Candidate } from './candidate';
import { samePool } from './filters/same-pool.filter';
import { place } from './placement';

const pool = (ref: Candidate['pool']): Candidate => ({
  pool: ref,
  availabilityZone: 'nova',
  totalGib: 100,
  freeGib: ref === examplePool ? 20 : 90,
  provisionedGib: 0,
  thin: false,
  oversubscriptionMax: 1,
  reservedPercent: 0,
  capabilities: {},
  cloneMethod: 'reflink',
  cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 },
  image: 'absent',
});
const source = { kind: 'volume', volumeId: exampleRequest.volumeId, pool: examplePool } as const;
const pools = [pool(examplePool), pool(otherPool)];

test('what is made from a volume goes where that is, however roomy others are', () => {
  const { chosen, rejected } = place({ request: { ...exampleRequest, source }, tried: [] }, pools);
  expect(chosen?.pool).toBe(examplePool);
  expect(rejected).toEqual([
    { pool: otherPool, reason: `does not hold what the volume is made from: that is on ${examplePool}` },
  ]);
});

test('anything else may go anywhere', () => {
  for (const candidate of pools) expect(samePool({ request: exampleRequest, tried: [] }, candidate)).toBe(true);
});
