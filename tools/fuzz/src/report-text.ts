import type { CoverageFigures } from './engine/coverage';
import type { FuzzReport } from './engine/fuzzer';

const mib = 2 ** 20;
const perSecond = ({ execs, elapsedMs }: FuzzReport) => Math.round((execs * 1000) / Math.max(1, elapsedMs));

/** One target in a line. */
export function progressText(report: FuzzReport): string {
  const { target, execs, seeds, kept, behaviours, slowest, failures } = report;
  return [
    `${target}: ${execs} inputs, ${perSecond(report)}/s`,
    `${seeds} seeds + ${kept} kept, ${behaviours} behaviours`,
    `slowest ${slowest.ms.toFixed(0)} ms, ${failures.length} failed`,
  ].join('; ');
}

/** A target with all that was seen of it. */
export function reportText(report: FuzzReport): string {
  const { slowest, hungriest } = report;
  const time = `slowest input ${slowest.ms.toFixed(1)} ms (${slowest.input.length} bytes)`;
  const memory = `most memory ${(hungriest.bytes / mib).toFixed(1)} MiB (${hungriest.input.length} bytes)`;
  return `${progressText(report)}\n  ${time}; ${memory}`;
}

const percent = (part: number, all: number) => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;

/** How much of the library was run, and the files of which the most was not. */
export function coverageText({ coveredBytes, totalBytes, files }: CoverageFigures): string {
  const lines = files
    .slice(0, 12)
    .map(({ source, ...file }) => `  ${percent(file.coveredBytes, file.totalBytes).padStart(8)}  ${source}`);
  return [`coverage: ${percent(coveredBytes, totalBytes)} of ${files.length} files`, ...lines].join('\n');
}
