import type { HostReport } from '@hearth/contracts';
import { examplePool } from '@hearth/domain/testing';

/** What the service of the example's pool says of its cache. */
export const exampleCache = { state: 'disabled', reason: 'none', maxSizeGib: 0, maxCount: 0 } as const;

/** What the host of the example's pool reports: that it lives, and has room. */
export const exampleReport: HostReport = {
  host: examplePool.slice(0, examplePool.indexOf('@')),
  incarnation: 'one',
  reportedAt: '2026-11-21T00:51:42.123Z',
  version: '0.1.0',
  pools: [
    {
      pool: examplePool,
      availabilityZone: 'nova',
      totalGib: 100,
      freeGib: 100,
      provisionedGib: 0,
      thin: true,
      oversubscriptionMax: 20,
      reservedPercent: 0,
      capabilities: {},
      cloneMethod: 'reflink',
      cache: exampleCache,
    },
  ],
  down: [],
};
