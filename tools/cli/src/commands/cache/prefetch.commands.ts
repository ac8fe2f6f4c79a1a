import type { Command } from 'commander';
import type { Prefetch } from '../../cache/answers';
import { awaitPrefetches, isCached, isLost } from '../../cache/await-prefetches';
import { checkedId } from '../../cache/find-entries';
import { prefetchColumns, prefetchText } from '../../cache/prefetches.text';
import { CliError } from '../../cli.error';
import { type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { table } from '../../table';
import { comingMoment, durationSeconds, momentForms, pastMoment } from '../../terminal/moments';
import { countOf, severalTexts } from '../../terminal/numbers';

interface PrefetchOptions {
  readonly pool?: readonly string[];
  readonly pin?: boolean;
  readonly deadline?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function addPrefetchCommands(cache: Command, world: CliWorld): void {
  addPrefetch(cache, world);
  addPrefetches(cache, world);
  addCancel(cache, world);
}

function addPrefetch(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('prefetch')
      .argument('<images...>', 'ids of images')
      .description('have images fetched into the caches, before anybody asks for them')
      .option(
        '--pool <pool>',
        'only into these: host@backend#pool, host@backend, or with *; several times',
        severalTexts,
      )
      .option('--pin', 'and pin them')
      .option(
        '--deadline <moment>',
        'what was not begun by then is not begun any more: 2h, or ISO 8601',
        (text: string) => comingMoment(text, world.now()),
      )
      .option('--wait', 'return when all have ended; fail unless all images are cached')
      .option('--timeout <time>', 'with --wait: no longer than 30m', durationSeconds)
      .action(async (references: string[], options: PrefetchOptions, command: Command) => {
        const context = contextOf(command, world);
        const { pool: pools, pin = false, deadline } = options;
        if (options.timeout !== undefined && !options.wait) {
          throw new CliError('--timeout says how long to wait, and nothing waits without --wait', 2);
        }
        const images = references.map((image) => checkedId(image, 'an image'));
        const prefetch = { images, pin, ...(pools && { pools }), ...(deadline !== undefined && { deadline }) };
        const asked = { method: 'POST', body: { prefetch } } as const;
        const { prefetches } = await context.client.ask<{ prefetches: Prefetch[] }>('/v3/cache/prefetches', asked);
        const found = options.wait ? await awaitPrefetches(context, prefetches, options.timeout) : prefetches;
        context.show(found, (columns) => table(prefetchColumns, found, 'There is no pool with a cache.', columns));
        checkEnds(found, options.wait === true);
      }),
    'hearth cache prefetch 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11 --wait',
    "hearth cache prefetch 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11 --pool 'store-*@fast' --deadline 2h --pin",
  );
}

function checkEnds(prefetches: readonly Prefetch[], isAwaited: boolean): void {
  const lost = prefetches.filter(isLost).length;
  if (lost > 0) throw new CliError(`${lost} of ${prefetches.length} are not cached: the reasons are in the list`, 1);
  const open = isAwaited ? prefetches.filter((one) => !isCached(one)).length : 0;
  if (open > 0)
    throw new CliError(`${open} of ${prefetches.length} are still on their way: see hearth cache prefetches`, 1);
}

interface ListOptions {
  readonly pool?: string;
  readonly host?: string;
  readonly image?: string;
  readonly status?: string;
  readonly request?: string;
  readonly policy?: string;
  readonly since?: string;
  readonly sort?: string;
  readonly limit?: number;
}

function addPrefetches(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('prefetches')
      .argument('[prefetch]', 'id of one, to see all of it')
      .description('what was asked into the caches, with status and progress')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .option('--host <host>', 'only of this host, host@backend or host@backend#pool')
      .option('--image <id>', 'only of this image')
      .option('--status <status>', 'queued, running, cached, existing, error, …; several with commas between')
      .option('--request <id>', 'only what this request asked for')
      .option('--policy <id>', 'only what this policy asked for')
      .option('--since <moment>', `asked for since then (${momentForms})`, (text: string) =>
        pastMoment(text, world.now()),
      )
      .option('--sort <keys>', 'requested_at, pool, image_id or status, with :asc or :desc')
      .option('--limit <count>', 'at most so many', countOf)
      .action(async (id: string | undefined, options: ListOptions, command: Command) => {
        const { client, show } = contextOf(command, world);
        if (id !== undefined) {
          const path = `/v3/cache/prefetches/${checkedId(id, 'a prefetch')}`;
          const { prefetch } = await client.ask<{ prefetch: Prefetch }>(path);
          show(prefetch, () => prefetchText(prefetch));
          return;
        }
        const { image: image_id, request: request_id, policy: policy_id, limit, ...same } = options;
        const query = { ...pick(same), image_id, request_id, policy_id };
        const found = await client.askAll<Prefetch>('/v3/cache/prefetches', 'prefetches', query, limit);
        show(found, (columns) => table(prefetchColumns, found, 'Nothing was asked for that matches.', columns));
      }),
    'hearth cache prefetches --status queued,running',
  );
}

const pick = ({ pool, host, status, since, sort }: ListOptions) => ({ pool, host, status, since, sort });

function addCancel(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('cancel')
      .argument('<prefetches...>', 'ids of prefetches')
      .description('cancel prefetches; what runs is stopped unless creates wait for it')
      .action(async (ids: string[], _options: object, command: Command) => {
        const { client, show } = contextOf(command, world);
        const found: Prefetch[] = [];
        for (const id of ids.map((one) => checkedId(one, 'a prefetch'))) {
          const asked = { method: 'DELETE' } as const;
          found.push((await client.ask<{ prefetch: Prefetch }>(`/v3/cache/prefetches/${id}`, asked)).prefetch);
        }
        show(found, (columns) => table(prefetchColumns, found, '', columns));
      }),
    'hearth cache cancel 5d1f0f36-92e5-4b61-a2b7-5a9b8a0f3c77',
  );
}
