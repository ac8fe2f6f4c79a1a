import type { Trace } from './trace';

/** The three ways to count: each request as one, by the bytes a miss downloads, by the seconds a miss takes. */
export const measures = ['requests', 'bytes', 'seconds'] as const;
export type Measure = (typeof measures)[number];

/** One sum for each measure. */
export type Sums = Readonly<Record<Measure, number>>;

export const noSums: Sums = { requests: 0, bytes: 0, seconds: 0 };

/** What a trace asks for in all, and how much of that is asked for the first time: no size of a cache serves that. */
export interface Demand {
  readonly total: Sums;
  readonly compulsory: Sums;
}

export function demandOf({ length, item, refillSeconds, items }: Trace): Demand {
  const total = { ...noSums };
  const compulsory = { ...noSums };
  const seen = new Uint8Array(items.count);
  for (let index = 0; index < length; index++) {
    const asked = item[index]!;
    const bytes = items.bytes[asked]!;
    const seconds = refillSeconds[index]!;
    total.requests += 1;
    total.bytes += bytes;
    total.seconds += seconds;
    if (seen[asked]) continue;
    seen[asked] = 1;
    compulsory.requests += 1;
    compulsory.bytes += bytes;
    compulsory.seconds += seconds;
  }
  return { total, compulsory };
}

/** Each part as a share of the whole, 0 to 1; of nothing 0. */
export function ratiosOf(part: Sums, whole: Sums): Sums {
  return {
    requests: ratio(part.requests, whole.requests),
    bytes: ratio(part.bytes, whole.bytes),
    seconds: ratio(part.seconds, whole.seconds),
  };
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
