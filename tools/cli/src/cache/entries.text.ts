import { bytesText, durationsText, timeText } from '../amounts';
import { sourceText } from '../source-text';
import { type Column, listing } from '../table';
import { actorText, type Entry, type EntryUser } from './answers';

export const entryColumns: readonly Column<Entry>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'NAME', text: ({ image_name }) => image_name ?? '-', shrinks: true },
  { title: 'IMAGE', text: ({ image_id }) => image_id, shrinks: true },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'GEN', text: ({ generation }) => String(generation), align: 'right' },
  { title: 'STATUS', text: entryStatus },
  { title: 'GIB', text: ({ size_gib }) => String(size_gib), align: 'right' },
  { title: 'HITS', text: ({ hits }) => String(hits), align: 'right' },
  { title: 'USED BY', text: ({ used_by }) => String(used_by), align: 'right' },
  { title: 'IN USE', text: ({ claims }) => String(claims), align: 'right' },
  { title: 'DOWNLOADED', text: ({ bytes_downloaded }) => bytesText(bytes_downloaded), align: 'right' },
  { title: 'VERIFIED', text: ({ verified_at }) => timeText(verified_at), shrinks: true },
  { title: 'LAST USED', text: ({ last_used_at }) => timeText(last_used_at) },
];

/** With the reason of one that is retired, the percent of one that is filled, and what keeps one from going or serving. */
export function entryStatus({ status, retire_reason, progress, pinned, suspended }: Entry): string {
  const more = [
    retire_reason ?? (progress ? `${progress.percent} %` : null),
    suspended && `suspended: ${suspended.cause}`,
    pinned ? 'pinned' : null,
  ].filter(Boolean);
  return more.length === 0 ? status : `${status} (${more.join(', ')})`;
}

export function entryText(entry: Entry): string {
  const { corruption, failure, dependants, ignored_checks: ignored } = entry;
  return listing({
    entry: entry.id,
    pool: `${entry.pool} generation ${entry.generation}`,
    image: `${entry.image_id} ${entry.image_name ?? ''}`.trimEnd(),
    status: entryStatus(entry),
    size: `${entry.size_gib} GiB`,
    ...usesOf(entry),
    ...(dependants && { 'on backend': `${dependants.count} clones at ${timeText(dependants.at)}` }),
    source: sourceText(entry.source),
    hash: entry.digest === null ? '-' : `${entry.digest} (${entry.verified_by ?? '?'})`,
    signature: entry.signature ?? '-',
    content: entry.content_digest ?? '-',
    verified: timeText(entry.verified_at),
    took: durationsText(entry.durations_ms),
    created: timeText(entry.created_at),
    ...(entry.project_id !== null && { 'filled for': `project ${entry.project_id}` }),
    ...(entry.prefetch_id !== null && { prefetch: entry.prefetch_id }),
    ...(entry.successor_of !== null && { 'successor of': `generation ${entry.successor_of}` }),
    ...retirementOf(entry),
    ...(ignored?.length && { ignored: ignored.join(', ') }),
    ...(corruption && { corrupt: `found ${corruption.found_digest} at ${timeText(corruption.at)}` }),
    ...(failure && { failure: `${failure.code}; ${failure.reason}` }),
  });
}

const usesOf = ({ hits, used_by, claims, last_used_at }: Entry) => ({
  uses: `${hits} hits, ${used_by} volumes, ${claims} creates in progress`,
  'last used': timeText(last_used_at),
});

function retirementOf({ retired_at, retired_by, retire_policy, reaped_at }: Entry) {
  if (retired_at === null) return {};
  const by = retired_by ? ` by ${actorText(retired_by)}` : retire_policy === null ? '' : ` by ${retire_policy}`;
  return {
    retired: `${timeText(retired_at)}${by}`,
    ...(reaped_at !== null && { reaped: timeText(reaped_at) }),
  };
}

export const userColumns: readonly Column<EntryUser>[] = [
  { title: 'VOLUME', text: ({ id }) => id },
  { title: 'NAME', text: ({ name }) => name ?? '-', shrinks: true },
  { title: 'PROJECT', text: ({ project_id }) => project_id, shrinks: true },
  { title: 'STATUS', text: ({ status }) => status },
  { title: 'GIB', text: ({ size }) => String(size), align: 'right' },
  { title: 'OUTCOME', text: ({ outcome }) => outcome },
  { title: 'CREATED', text: ({ created_at }) => timeText(created_at) },
];
