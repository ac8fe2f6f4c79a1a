// What happened in a create, for people: each thing that was seen, with the milliseconds since the request was sent.
import type { CreateDecision } from '@hearth/contracts';
import type { Seen } from './seen';

/** One create, as it was watched. */
export interface WatchedCreate {
  readonly title: string;
  readonly volumeId: string;
  readonly requestedAtMs: number;
  readonly answeredAtMs: number;
  /** When the commit that ended the create was seen. */
  readonly availableAtMs: number;
  readonly decision: CreateDecision;
  /** Everything that speaks of this create. */
  readonly seen: readonly Seen[];
}

const mib = 1024 * 1024;

/** The timeline of one create, and what it moved. */
export function timeline(create: WatchedCreate): string {
  const { title, volumeId, requestedAtMs, answeredAtMs, availableAtMs, decision } = create;
  const lines = [
    { atMs: requestedAtMs, text: 'request  POST /volumes' },
    { atMs: answeredAtMs, text: 'answer   202 Accepted' },
    ...create.seen.map((one) => ({ atMs: one.atMs, text: seenText(one) })),
  ].sort((a, b) => a.atMs - b.atMs);
  return [
    `${title}: volume ${volumeId}`,
    '        ms',
    ...lines.map(({ atMs, text }) => `${milliseconds(atMs - requestedAtMs).padStart(10)}  ${text}`),
    `  = ${decision.outcome}, available after ${milliseconds(availableAtMs - requestedAtMs)} ms; ` +
      `${bytes(decision.bytesDownloaded)} downloaded, ${bytes(decision.bytesWritten)} written, ` +
      (decision.cloneMethod ? `cloned by ${decision.cloneMethod}` : 'nothing cloned'),
  ].join('\n');
}

/** How much sooner the second create was done. */
export function comparison(first: WatchedCreate, second: WatchedCreate): string {
  const [slow, fast] = [first, second].map(({ availableAtMs, requestedAtMs }) => availableAtMs - requestedAtMs) as [
    number,
    number,
  ];
  return (
    `${first.decision.outcome} ${milliseconds(slow)} ms, ${second.decision.outcome} ${milliseconds(fast)} ms: ` +
    `the second volume was there ${(slow / fast).toFixed(1)} times as fast`
  );
}

function seenText(one: Seen): string {
  if (one.kind === 'notice') return `event    ${one.type}`;
  const { stream, events, sequence } = one.commit;
  const place = stream.category === 'volume' ? '' : ` (${stream.category} ${stream.id})`;
  return `fact     ${events.map(({ type }) => type).join(', ')}${place} #${sequence}`;
}

const milliseconds = (ms: number): string => ms.toFixed(1);

/** Bytes in the unit that leaves a number people can read. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < mib ? `${(count / 1024).toFixed(1)} KiB` : `${(count / mib).toFixed(1)} MiB`;
}
