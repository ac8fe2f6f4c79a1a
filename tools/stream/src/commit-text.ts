import type { Commit } from '@hearth/event-sourcing';

/** A commit for people: when and why on one line, then each event with its data, without what is null. */
export function commitText(commit: Commit): string {
  const { sequence, recordedAt, id, correlationId, causationId } = commit;
  const links = [correlationId && `request ${correlationId}`, causationId && `because of ${causationId}`];
  const head = [`#${sequence}`, recordedAt, id, ...links.filter(Boolean)].join('  ');
  const events = commit.events.flatMap(({ type, data }) => [`  ${type}`, ...dataLines(data)]);
  return [head, ...events].join('\n');
}

function dataLines(data: unknown): string[] {
  const present = Object.entries(data as Record<string, unknown>).filter(([, value]) => value !== null);
  const width = Math.max(0, ...present.map(([key]) => key.length));
  return present.map(([key, value]) => `    ${key.padEnd(width)}  ${valueText(value)}`);
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
