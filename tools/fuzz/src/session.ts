import { performance } from 'node:perf_hooks';
import { prepareUnpacking } from '@hearth/image-format';
import { Coverage, type CoverageFigures } from './engine/coverage';
import { Fuzzer, type FuzzLimits, type FuzzReport } from './engine/fuzzer';
import type { Options } from './options';
import { targets } from './targets';

export interface SessionResult {
  readonly reports: readonly FuzzReport[];
  readonly coverage: CoverageFigures | undefined;
}

/** An input that takes longer than 5 s, or 256 MiB, is a failure: each has 4 MiB at most. */
const limits: FuzzLimits = { inputMs: 5000, inputMemoryBytes: 256 * 1024 * 1024 };

/** Inputs of one target before it is another one's turn. */
const turnExecs = 500;

export interface SessionHooks {
  readonly onInput: (target: string, input: Buffer) => void;
  readonly onProgress: (reports: readonly FuzzReport[]) => void;
}

/**
 * Fuzzes the targets in turns, each for the same time, until the minutes are over.
 *
 * @param bundle the file this code runs from, for the coverage
 */
export async function runSession(options: Options, bundle: string, hooks: SessionHooks): Promise<SessionResult> {
  await prepareUnpacking();
  const coverage = options.coverage ? new Coverage(bundle, 'libs/image-format/src/') : undefined;
  const fuzzers = options.targets.map((name) => {
    const onInput = (input: Buffer) => hooks.onInput(name, input);
    return new Fuzzer({ target: targets[name], seed: options.seed, limits, coverage, onInput });
  });
  const until = performance.now() + options.minutes * 60_000;
  for (const fuzzer of fuzzers) await fuzzer.runSeeds();
  while (performance.now() < until && fuzzers.some((fuzzer) => !fuzzer.isBroken)) {
    const turns = fuzzers
      .filter((fuzzer) => !fuzzer.isBroken)
      .map((fuzzer) => ({ fuzzer, spent: fuzzer.report().elapsedMs }));
    turns.sort((a, b) => a.spent - b.spent);
    await turns[0]?.fuzzer.run(turnExecs);
    hooks.onProgress(fuzzers.map((fuzzer) => fuzzer.report()));
  }
  const figures = coverage?.figures();
  coverage?.end();
  return { reports: fuzzers.map((fuzzer) => fuzzer.report()), coverage: figures };
}
