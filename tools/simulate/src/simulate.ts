import { generateHistory } from './history/generate';
import { play } from './history/play';
import { type Failing, shrink } from './history/shrink';

export interface SimulateOptions {
  readonly seed: number;
  readonly histories: number;
  /** Histories that break a promise, after which it stops. */
  readonly failures: number;
  readonly onProgress?: (report: Report) => void;
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
  readonly found: readonly Found[];
}

/** Lives through one history after the other. */
export async function simulate({ seed, histories, failures, onProgress }: SimulateOptions): Promise<Report> {
  const found: Found[] = [];
  let report: Report = { histories: 0, turns: 0, facts: 0, found };
  for (let at = seed; at < seed + histories && found.length < failures; at += 1) {
    const history = generateHistory(at);
    const { broken, turns, facts } = await play(history, { schedule: at });
    report = { histories: report.histories + 1, turns: report.turns + turns, facts: report.facts + facts, found };
    if (broken) found.push({ seed: at, ...(await shrink({ history, schedule: at, broken })) });
    onProgress?.(report);
  }
  return report;
}
