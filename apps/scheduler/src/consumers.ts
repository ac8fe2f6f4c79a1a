import { durables, jetstream, nudgesOfHost, schedulerHost } from '@hearth/contracts';
import type { ConsumerSpec } from '@hearth/platform';

/** What the schedulers listen to; all replicas name the same durables and so share the work. */
export function consumers({ factsAtOnceMax }: { readonly factsAtOnceMax: number }): readonly ConsumerSpec[] {
  return [
    {
      pattern: 'facts',
      stream: jetstream.facts.stream,
      durable: durables.schedulerFacts,
      concurrency: factsAtOnceMax,
      // Creates that wait for pools after a restart of everything must not hold up what others are owed.
      unfinishedMax: Math.max(20_000, 10 * factsAtOnceMax),
      retryDelaysMs: [50, 100, 250, 500, 1_000, 2_000, 5_000, 15_000],
      // The commit is decoded by the handler, which knows its position; the reader's own copy of the bytes is not needed.
      decode: (bytes) => bytes,
    },
    {
      pattern: 'nudges',
      stream: jetstream.nudges.stream,
      durable: durables.schedulerNudges,
      filterSubject: nudgesOfHost(schedulerHost),
      concurrency: 16,
    },
  ];
}
