import type { Command } from 'commander';
import { bytesText, limitText, type Progress, timeText } from '../amounts';
import { type CliWorld, contextOf } from '../context';
import { type Source, sourceText } from '../source-text';
import { type Column, listing, table } from '../table';

interface Entry {
  readonly pool: string;
  readonly generation: number;
  readonly status: string;
  readonly progress?: Progress | null;
  readonly retire_reason: string | null;
  readonly image_id: string;
  readonly image_name: string | null;
  readonly size_gib: number;
  readonly hits: number;
  readonly claims: number;
  readonly bytes_downloaded: number;
  readonly last_used_at: string;
  readonly verified_at?: string | null;
}

/** An entry with all that is known of its bytes. */
interface EntryDetail extends Entry {
  readonly image_volume_id: string;
  readonly digest: string | null;
  readonly verified_by: string | null;
  readonly content_digest: string | null;
  readonly signature: string | null;
  readonly ignored_checks: readonly string[] | null;
  readonly source: Source | null;
  readonly verified_at: string | null;
  readonly corruption: { readonly expected_digest: string; readonly found_digest: string; readonly at: string } | null;
  readonly failure: { readonly code: string; readonly reason: string } | null;
}

interface Pool {
  readonly pool: string;
  readonly state: string | null;
  readonly reason: string | null;
  readonly max_size_gib: number | null;
  readonly max_count: number | null;
  readonly size_gib: number;
  readonly ready_count: number;
  readonly filling_count: number;
  readonly retired_count: number;
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly evictions: number;
  readonly bytes_downloaded: number;
  readonly bytes_from_peers?: number;
}

const entryColumns: readonly Column<Entry>[] = [
  { title: 'IMAGE', text: ({ image_id }) => image_id },
  { title: 'NAME', text: ({ image_name }) => image_name ?? '-' },
  { title: 'POOL', text: ({ pool }) => pool },
  { title: 'GEN', text: ({ generation }) => String(generation), align: 'right' },
  { title: 'STATUS', text: entryStatus },
  { title: 'GIB', text: ({ size_gib }) => String(size_gib), align: 'right' },
  { title: 'HITS', text: ({ hits }) => String(hits), align: 'right' },
  { title: 'IN USE', text: ({ claims }) => String(claims), align: 'right' },
  { title: 'DOWNLOADED', text: ({ bytes_downloaded }) => bytesText(bytes_downloaded), align: 'right' },
  { title: 'VERIFIED', text: ({ verified_at }) => timeText(verified_at ?? null) },
  { title: 'LAST USED', text: ({ last_used_at }) => timeText(last_used_at) },
];

const poolColumns: readonly Column<Pool>[] = [
  { title: 'POOL', text: ({ pool }) => pool },
  { title: 'CACHE', text: ({ state, reason }) => (reason ? `${state ?? '?'}: ${reason}` : (state ?? '?')) },
  { title: 'GIB', text: ({ size_gib, max_size_gib }) => `${size_gib} of ${limitText(max_size_gib)}`, align: 'right' },
  {
    title: 'ENTRIES',
    text: ({ ready_count, filling_count, max_count }) => `${ready_count + filling_count} of ${limitText(max_count)}`,
    align: 'right',
  },
  { title: 'RETIRED', text: ({ retired_count }) => String(retired_count), align: 'right' },
  { title: 'HITS', text: ({ hits }) => String(hits), align: 'right' },
  { title: 'JOINED', text: ({ joined }) => String(joined), align: 'right' },
  { title: 'MISSES', text: ({ misses }) => String(misses), align: 'right' },
  { title: 'RATIO', text: ({ hits, misses }) => ratioText(hits, misses), align: 'right' },
  { title: 'EVICTED', text: ({ evictions }) => String(evictions), align: 'right' },
  { title: 'DOWNLOADED', text: ({ bytes_downloaded }) => bytesText(bytes_downloaded), align: 'right' },
  { title: 'FROM PEERS', text: ({ bytes_from_peers = 0 }) => bytesText(bytes_from_peers), align: 'right' },
];

/** With the reason of one that is retired, and the percent of one that is filled. */
function entryStatus({ status, retire_reason, progress }: Entry): string {
  const more = retire_reason ?? (progress ? `${progress.percent} %` : null);
  return more === null ? status : `${status} (${more})`;
}

function entryText(entry: EntryDetail): string {
  const { corruption, failure, source } = entry;
  return listing({
    pool: `${entry.pool} generation ${entry.generation}`,
    image: `${entry.image_id} ${entry.image_name ?? ''}`.trimEnd(),
    status: entryStatus(entry),
    volume: `${entry.image_volume_id}, ${entry.size_gib} GiB`,
    source: sourceText(source),
    hash: entry.digest === null ? '-' : `${entry.digest} (${entry.verified_by ?? '?'})`,
    signature: entry.signature ?? '-',
    content: entry.content_digest ?? '-',
    verified: timeText(entry.verified_at),
    ...(entry.ignored_checks?.length && { ignored: entry.ignored_checks.join(', ') }),
    ...(corruption && { corrupt: `found ${corruption.found_digest} at ${timeText(corruption.at)}` }),
    ...(failure && { failure: `${failure.code}; ${failure.reason}` }),
  });
}

const ratioText = (hits: number, misses: number) =>
  hits + misses === 0 ? '-' : `${Math.round((100 * hits) / (hits + misses))} %`;

export function addCacheCommands(program: Command, world: CliWorld): void {
  const cache = program.command('cache').description('the image-volume caches (for administrators)');
  cache
    .command('list')
    .description('the copies of images that the caches hold')
    .option('--pool <pool>', 'only in this host@backend#pool')
    .option('--image <id>', 'only of this image')
    .option('--status <status>', 'only filling, ready or retired')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hearth cache list --status ready\n  $ hearth cache list --pool store-01@fast#default --json\n',
    )
    .action(async (options: { pool?: string; image?: string; status?: string }, command: Command) => {
      const { client, show } = contextOf(command, world);
      const query = { pool: options.pool, image_id: options.image, status: options.status };
      const { entries } = await client.ask<{ entries: Entry[] }>('/v3/cache/entries', { query });
      show(entries, () => table(entryColumns, entries, 'The caches hold nothing that matches.'));
    });
  cache
    .command('show')
    .argument('<image>', 'id of an image')
    .description('the copies of an image: where their bytes came from, what proves them, when they were last looked at')
    .option('--pool <pool>', 'only in this host@backend#pool')
    .addHelpText('after', '\nExample:\n  $ hearth cache show 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11\n')
    .action(async (image: string, { pool }: { pool?: string }, command: Command) => {
      const { client, show } = contextOf(command, world);
      const query = { pool, image_id: image };
      const { entries } = await client.ask<{ entries: EntryDetail[] }>('/v3/cache/entries', { query });
      show(entries, () => entries.map(entryText).join('\n\n') || 'The caches hold no copy of it.');
    });
  cache
    .command('pools')
    .description('the cache of each pool: state, limits, use, hits and misses')
    .action(async (_options: object, command: Command) => {
      const { client, show } = contextOf(command, world);
      const { pools } = await client.ask<{ pools: Pool[] }>('/v3/cache/pools');
      show(pools, () => table(poolColumns, pools, 'No host has reported a pool yet.'));
    });
}
