import type { ProcessStatus } from './stack-status';

const mib = 1024 * 1024;

/** A table for people: one line a process, and the apps' memory together. */
export function statusTable(processes: readonly ProcessStatus[]): string {
  const rows = processes.map(({ name, pid, residentBytes, url, health }) => [
    name,
    pid === null ? '-' : String(pid),
    residentBytes === null ? '-' : mebibytes(residentBytes),
    url || '-',
    health,
  ]);
  const apps = processes.filter(({ kind }) => kind === 'app');
  const appBytes = apps.reduce((sum, { residentBytes }) => sum + (residentBytes ?? 0), 0);
  return `${table(['process', 'pid', 'MiB', 'url', 'health'], rows, ['pid', 'MiB'])}\n\napps together: ${mebibytes(appBytes)} MiB resident`;
}

const mebibytes = (bytes: number): string => (bytes / mib).toFixed(0);

/** Columns as wide as their widest cell; those that are named stand to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  toTheRight: readonly string[] = [],
): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        toTheRight.includes(head[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}
