import type { Command } from 'commander';
import { bytesText, limitText, type Progress, timeText } from '../amounts';
import { type CliWorld, contextOf } from '../context';
import { type Column, table } from '../table';

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
];

/** With the reason of one that is retired, and the percent of one that is filled. */
function entryStatus({ status, retire_reason, progress }: Entry): string {
  const more = retire_reason ?? (progress ? `${progress.percent} %` : null);
  return more === null ? status : `${status} (${more})`;
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
    .command('pools')
    .description('the cache of each pool: state, limits, use, hits and misses')
    .action(async (_options: object, command: Command) => {
      const { client, show } = contextOf(command, world);
      const { pools } = await client.ask<{ pools: Pool[] }>('/v3/cache/pools');
      show(pools, () => table(poolColumns, pools, 'No host has reported a pool yet.'));
    });
}
