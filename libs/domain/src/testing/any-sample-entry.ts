import fc from 'fast-check';
import type { SampleEntry } from '../eviction/eviction.examples';

/** An entry of a cache for tests of what is evicted, most of them idle. */
export const anySampleEntry: fc.Arbitrary<SampleEntry> = fc.record({
  sizeGib: fc.integer({ min: 1, max: 20 }),
  refillMs: fc.integer({ min: 1, max: 100_000 }),
  held: fc.oneof(
    { weight: 6, arbitrary: fc.constant('idle' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('pinned', 'waited-for', 'leased', 'filling', 'retired' as const),
    },
  ),
  project: fc.integer({ min: 1, max: 3 }),
});
