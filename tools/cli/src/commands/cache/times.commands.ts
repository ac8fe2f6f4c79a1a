import type { Command } from 'commander';
import type { ApiClient, Query } from '../../api/api.client';
import { type HistoryEvent } from '../../cache/answers';
import { checkedId } from '../../cache/find-entries';
import { poolPath } from '../../cache/paths';
import { type Difference, differenceText, historyColumns, type State, stateText } from '../../cache/times.text';
import { type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { table } from '../../table';
import { momentForms, pastMoment } from '../../terminal/moments';
import { countOf } from '../../terminal/numbers';

export function addTimeCommands(cache: Command, world: CliWorld): void {
  addHistory(cache, world);
  addAt(cache, world);
  addDiff(cache, world);
}

interface HistoryOptions {
  readonly type?: string;
  readonly uses?: boolean;
  readonly oldestFirst?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/** Unless told: a screen or two. */
const historyLimit = 100;

function addHistory(cache: Command, world: CliWorld): void {
  const moment = (text: string) => pastMoment(text, world.now());
  withExamples(
    cache
      .command('history')
      .argument('<what>', 'id of an image or of an entry, or host@backend#pool')
      .description('what happened to an image, an entry or the cache of a pool, the newest first')
      .option('--type <types>', 'only these, with commas between: create, evict, pinned, hit, …')
      .option('--no-uses', 'without the creates that used the entries')
      .option('--oldest-first', 'the oldest first')
      .option('--since <moment>', `from then on (${momentForms})`, moment)
      .option('--until <moment>', 'up to then', moment)
      .option('--limit <count>', 'at most so many', countOf, historyLimit)
      .action(async (what: string, options: HistoryOptions, command: Command) => {
        const { client, show } = contextOf(command, world);
        const { type, since: from, until: to, limit } = options;
        const direction = options.oldestFirst ? 'asc' : 'desc';
        const query = { type, from, to, direction, ...(options.uses === false && { uses: false }) };
        const events = await historyOf(client, what, query, limit);
        show(events, (columns) => table(historyColumns, events, 'Nothing happened that matches.', columns));
      }),
    'hearth cache history 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11 --no-uses',
    "hearth cache history 'store-01@fast#default' --since -2d --type evict,switched-off",
  );
}

async function historyOf(
  client: ApiClient,
  what: string,
  query: Query,
  limit: number,
): Promise<readonly HistoryEvent[]> {
  if (what.includes('@')) {
    // Of a pool they are never told: there is one for each create.
    const { uses: _, ...rest } = query;
    return client.askAll(`${poolPath(what)}/history`, 'events', rest, limit);
  }
  const id = checkedId(what, 'an image, an entry or a pool');
  const entry = `/v3/cache/entries/${id}`;
  const { status } = await client.look(entry);
  const place = status === 404 ? `/v3/cache/images/${id}` : entry;
  return client.askAll(`${place}/history`, 'events', query, limit);
}

function addAt(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('at')
      .argument('<moment>', momentForms, (text) => pastMoment(text, world.now()))
      .description('what the caches held at a past moment')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .action(async (moment: string, { pool }: { pool?: string }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const query = { at: moment, pool };
        const { at, pools } = await client.ask<State>('/v3/cache/state', { query: { ...query, limit: 0 } });
        const entries = await client.askAll<State['entries'][number]>('/v3/cache/state', 'entries', query);
        const state: State = { at, pools, entries };
        show(state, (columns) => stateText(state, columns));
      }),
    'hearth cache at -2h',
    "hearth cache at '2026-11-21 03:00' --pool 'store-01@fast#default'",
  );
}

function addDiff(cache: Command, world: CliWorld): void {
  const moment = (text: string) => pastMoment(text, world.now());
  withExamples(
    cache
      .command('diff')
      .argument('<from>', momentForms, moment)
      .argument('[to]', 'the later moment; now unless told', moment)
      .description('how the caches differ between two moments, and what happened between them')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .action(async (earlier: string, later: string | undefined, { pool }: { pool?: string }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const path = '/v3/cache/difference';
        const query = { from: earlier, to: later, pool };
        const { from, to, totals } = await client.ask<Difference>(path, { query: { ...query, limit: 0 } });
        const changes = await client.askAll<Difference['changes'][number]>(path, 'changes', { ...query, to });
        const difference: Difference = { from, to, totals, changes };
        show(difference, (columns) => differenceText(difference, columns));
      }),
    'hearth cache diff -1d',
    'hearth cache diff 2026-11-20 2026-11-21',
  );
}
