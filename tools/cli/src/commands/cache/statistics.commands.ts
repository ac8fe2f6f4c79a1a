import { type EvictionPolicy, evictionPolicies } from '@hearth/contracts';
import { type Command, Option } from 'commander';
import { bytesText, percentText } from '../../amounts';
import type { Advice, Measure, Shadow } from '../../cache/advice';
import { adviceText, shadowText, writePlot } from '../../cache/advice.text';
import type { Statistics } from '../../cache/answers';
import { CliError } from '../../cli.error';
import { type CliContext, type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { type Column, table } from '../../table';
import { durationSeconds, momentForms, pastMoment, secondsText } from '../../terminal/moments';
import { countOf, percentOf, sizeGib, wholeNumber } from '../../terminal/numbers';
import { poolsNamed } from './pools.commands';

export function addStatisticsCommands(cache: Command, world: CliWorld): void {
  addStats(cache, world);
  addAdvise(cache, world);
  addShadow(cache, world);
}

interface StatsOptions {
  readonly since?: string;
  readonly until?: string;
  readonly pool?: string;
  readonly image?: string;
  readonly project?: string;
  readonly by?: string;
  readonly limit?: number;
}

const ratio = (which: Measure) => (row: Statistics) => (row.hit_ratio ? percentText(row.hit_ratio[which]) : '-');

const columnsOf = (title: string): readonly Column<Statistics>[] => [
  { title, text: ({ key }) => key ?? (title === '' ? 'all' : '-'), shrinks: true },
  { title: 'REQUESTS', text: ({ requests }) => String(requests), align: 'right' },
  { title: 'HITS', text: ({ hits }) => String(hits), align: 'right' },
  { title: 'JOINED', text: ({ joined }) => String(joined), align: 'right' },
  { title: 'MISSES', text: ({ misses }) => String(misses), align: 'right' },
  { title: 'BYPASSES', text: ({ bypasses }) => String(bypasses), align: 'right' },
  { title: 'FAILED', text: ({ failed }) => String(failed), align: 'right' },
  { title: 'OF REQUESTS', text: ratio('requests'), align: 'right' },
  { title: 'OF BYTES', text: ratio('bytes'), align: 'right' },
  { title: 'OF SECONDS', text: ratio('seconds'), align: 'right' },
  { title: 'DOWNLOADED', text: ({ bytes_downloaded }) => bytesText(bytes_downloaded), align: 'right' },
  { title: 'SAVED', text: ({ bytes_saved }) => bytesText(bytes_saved), align: 'right' },
  { title: 'TIME SAVED', text: ({ seconds_saved }) => secondsText(seconds_saved), align: 'right' },
];

function addStats(cache: Command, world: CliWorld): void {
  const moment = (text: string) => pastMoment(text, world.now());
  withExamples(
    cache
      .command('stats')
      .description('hit ratios by requests, bytes and seconds, and what the caches spared')
      .option('--since <moment>', `from then on (${momentForms})`, moment)
      .option('--until <moment>', 'up to then', moment)
      .option('--pool <pool>', 'only in this host@backend#pool')
      .option('--image <id>', 'only of this image')
      .option('--project <id>', 'only of this project')
      .addOption(new Option('--by <key>', 'in parts').choices(['pool', 'image', 'project', 'hour', 'day']))
      .option('--limit <count>', 'parts at the most: those with most requests, or the newest', countOf)
      .action(async (options: StatsOptions, command: Command) => {
        const { client, show } = contextOf(command, world);
        const { since: from, until: to, pool, image: image_id, project: project_id, by, limit } = options;
        const query = { from, to, pool, image_id, project_id, by, limit };
        const { statistics } = await client.ask<{
          statistics: { total: Statistics; by: string | null; parts: Statistics[] };
        }>('/v3/cache/statistics', { query });
        const { total, parts } = statistics;
        show(statistics, (columns) =>
          [
            table(columnsOf(''), [total], '', columns),
            ...(by ? ['', table(columnsOf(by.toUpperCase()), parts, 'There are no parts.', columns)] : []),
          ].join('\n'),
        );
      }),
    'hearth cache stats --since -7d --by pool',
    'hearth cache stats --by day --json',
  );
}

/** The pool that is meant: the only one where none is named. Throws `CliError` with the names of all. */
async function poolMeant({ client }: CliContext, pool: string | undefined): Promise<string> {
  if (pool !== undefined) return pool;
  const [only, ...others] = await poolsNamed(client, undefined);
  if (!only) throw new CliError('no host has reported a pool yet', 3);
  if (others.length === 0) return only.pool;
  throw new CliError(`which --pool? ${[only, ...others].map((one) => one.pool).join(', ')}`, 2);
}

interface AdviseOptions {
  readonly pool?: string;
  readonly project?: string;
  readonly since?: string;
  readonly by?: Measure;
  readonly target?: number;
  readonly size?: number;
  readonly policy?: EvictionPolicy;
  readonly svg?: string;
}

function addAdvise(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('advise')
      .description('how large the cache of a pool should be, from the requests that were recorded; with its curves')
      .option('--pool <pool>', 'of this host@backend#pool; the only one unless told')
      .option('--project <id>', 'only requests of this project')
      .option('--since <moment>', `only requests since then (${momentForms})`, (text: string) =>
        pastMoment(text, world.now()),
      )
      .addOption(new Option('--by <measure>', 'what a hit is worth').choices(['requests', 'bytes', 'seconds']))
      .option('--target <percent>', 'the share that is to be served: 95', percentOf)
      .option('--size <size>', "the limit to compare with; the pool's own unless told", sizeGib)
      .addOption(new Option('--policy <policy>', "the pool's own unless told").choices([...evictionPolicies]))
      .option('--svg <file>', 'write the curves as an SVG file, too')
      .action(async (options: AdviseOptions, command: Command) => {
        const context = contextOf(command, world);
        const query = {
          ...{ pool: await poolMeant(context, options.pool), project_id: options.project, from: options.since },
          ...{ by: options.by, target_percent: options.target, limit_gib: options.size, policy: options.policy },
        };
        const { advice } = await context.client.ask<{ advice: Advice }>('/v3/cache/advice', { query });
        if (options.svg !== undefined) await writePlot(options.svg, advice);
        context.show(advice, (columns) => adviceText(advice, columns));
      }),
    'hearth cache advise --target 95',
    "hearth cache advise --pool 'store-01@fast#default' --by seconds --svg curve.svg",
  );
}

interface ShadowOptions {
  readonly pool?: string;
  readonly project?: string;
  readonly since?: string;
  readonly policy?: EvictionPolicy;
  readonly size: number;
  readonly count?: number;
  readonly ttl?: number;
  readonly secondRequest?: boolean;
  readonly window?: number;
}

function addShadow(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('shadow')
      .description('what other rules would have made of the requests that were recorded, beside what happened')
      .option('--pool <pool>', 'of this host@backend#pool; the only one unless told')
      .option('--project <id>', 'only requests of this project')
      .option('--since <moment>', `only requests since then (${momentForms})`, (text: string) =>
        pastMoment(text, world.now()),
      )
      .requiredOption('--size <size>', 'the limit in GiB; 0 is none', sizeGib)
      .addOption(new Option('--policy <policy>', 'lru unless told').choices([...evictionPolicies]))
      .option('--count <count>', 'entries at the most; 0 is no limit', wholeNumber)
      .option('--ttl <time>', 'copies go that long unused: 30d', durationSeconds)
      .option('--second-request', 'an image is cached from its second request on')
      .option('--window <time>', 'at most so long after the first: 1d', durationSeconds)
      .action(async (options: ShadowOptions, command: Command) => {
        const context = contextOf(command, world);
        if (options.window !== undefined && !options.secondRequest) {
          throw new CliError('--window belongs to --second-request', 2);
        }
        const query = {
          ...{ pool: await poolMeant(context, options.pool), project_id: options.project, from: options.since },
          ...{ policy: options.policy, limit_gib: options.size, max_count: options.count, ttl_seconds: options.ttl },
          ...(options.secondRequest && { admission: 'second-request', window_seconds: options.window }),
        };
        const { shadow } = await context.client.ask<{ shadow: Shadow }>('/v3/cache/shadow', { query });
        context.show(shadow, () => shadowText(shadow));
      }),
    'hearth cache shadow --size 200GiB --policy sieve',
    'hearth cache shadow --size 500 --second-request --window 1d --json',
  );
}
