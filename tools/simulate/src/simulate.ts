import { generateHistory } from './history/generate';
import { play } from './history/play';
import { type Failing, shrink } from './history/shrink';

export interface SimulateOptions {
  readonly seed: number;
  readonly histories: number;
  /** Histories that break a promise, after which it stops. */
  readonly failures: number;
  readonly onProgress?: (report: Report) => void;
  /** At once: what follows may take an hour. */
  readonly onFound?: (found: Found) => Promise<void>;
}

/** A history that breaks a promise, as short as it was found. */
export interface Found extends Failing {
  readonly seed: number;
}

export interface Report {
  /** Lived through so far. */
  readonly histories: number;
  readonly turns: number;
  readonly facts: number;
  /** How often each kind of fact was stored; an eviction with its reason. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly found: readonly Found[];
}

/** Lives through one history after the other. */
export async function simulate({ seed, histories, failures, ...options }: SimulateOptions): Promise<Report> {
  const found: Found[] = [];
  const kinds = new Map<string, number>();
  let report: Report = { histories: 0, turns: 0, facts: 0, kinds, found };
  for (let at = seed; at < seed + histories && found.length < failures; at += 1) {
    const history = generateHistory(at);
    const { broken, turns, facts, ...outcome } = await play(history, { schedule: at });
    report = {
      histories: report.histories + 1,
      turns: report.turns + turns,
      facts: report.facts + facts,
      kinds,
      found,
    };
    for (const [kind, count] of outcome.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
    if (broken) {
      const one = { seed: at, ...(await shrink({ history, schedule: at, broken })) };
      found.push(one);
      await options.onFound?.(one);
    }
    options.onProgress?.(report);
  }
  return report;
}
