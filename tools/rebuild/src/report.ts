import type { RebuildReport, TableDifference } from '@hearth/read-model';

/** A report for people: what was compared, what differed, what was done. */
export function describeReport(report: RebuildReport): string {
  const { sequence, commits, commitsPerSecond, replayMs, pauseMs, differences, sameLog, swapped } = report;
  const replayed = `${commits} commits replayed in ${seconds(replayMs)} (${Math.round(commitsPerSecond)}/s)`;
  const lines = [`${replayed}; compared at position ${sequence}; the projector waited ${seconds(pauseMs)}`];
  if (!sameLog) lines.push('the log is NOT the one that the live tables were made from: their running hashes differ');
  if (differences.length === 0) lines.push('the live tables are what the log leads to, row by row');
  for (const difference of differences) lines.push(...describeDifference(difference));
  lines.push(swapped ? 'the rebuilt tables are live now' : 'the live tables were left as they are');
  if (!swapped && isDifferent(report)) lines.push('to swap the rebuilt tables in, run this again with --yes');
  return lines.join('\n');
}

export function isDifferent({ differences, sameLog }: RebuildReport): boolean {
  return differences.length > 0 || !sameLog;
}

function describeDifference({ table, missing, unexpected, changed, examples }: TableDifference): string[] {
  const counts = `${missing} rows missing, ${unexpected} that nothing leads to, ${changed} changed`;
  const rows = examples.flatMap(({ live, rebuilt }) => [
    `  live:    ${JSON.stringify(live)}`,
    `  rebuilt: ${JSON.stringify(rebuilt)}`,
  ]);
  return [`${table} differs: ${counts}`, ...rows];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 1000 ? 3 : 1)} s`;
