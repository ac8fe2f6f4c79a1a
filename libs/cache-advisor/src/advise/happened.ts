import { outcomes } from '@hearth/contracts';
import { type Measure, noSums, type Sums } from '../trace/measure';
import type { Trace } from '../trace/trace';

/** How the requests of a trace were answered in fact. Those that joined a fill are hits: they moved no bytes of their own. */
export interface Happened {
  readonly hits: Sums;
  readonly misses: Sums;
  /** Served without the cache. */
  readonly bypasses: Sums;
  /** First requests in the trace that were hits: their copies are older than it. */
  readonly hitsAtFirstRequest: number;
}

type Answer = Exclude<keyof Happened, 'hitsAtFirstRequest'>;
const answers = outcomes.map((outcome): Answer =>
  outcome === 'miss' ? 'misses' : outcome === 'bypass' ? 'bypasses' : 'hits',
);

export function whatHappened({ length, item, outcome, refillSeconds, items }: Trace): Happened {
  const sums: Record<Answer, Record<Measure, number>> = {
    hits: { ...noSums },
    misses: { ...noSums },
    bypasses: { ...noSums },
  };
  const seen = new Uint8Array(items.count);
  let hitsAtFirstRequest = 0;
  for (let index = 0; index < length; index++) {
    const asked = item[index]!;
    const answer = answers[outcome[index]!]!;
    if (!seen[asked] && answer === 'hits') hitsAtFirstRequest += 1;
    seen[asked] = 1;
    const sum = sums[answer];
    sum.requests += 1;
    sum.bytes += items.bytes[asked]!;
    sum.seconds += refillSeconds[index]!;
  }
  return { ...sums, hitsAtFirstRequest };
}
