import type { Command } from 'commander';
import type { Pool, PoolDetail } from '../../cache/answers';
import { poolPath } from '../../cache/paths';
import { poolColumns, poolState, settingsFields } from '../../cache/pools.text';
import { CliError } from '../../cli.error';
import { type CliContext, type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { listing, table } from '../../table';

export function addPoolCommands(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('pools')
      .argument('[pool]', 'host@backend#pool')
      .description('the cache of each pool: state, limits, use, hits and misses; of one also what each project takes')
      .action(async (name: string | undefined, _options: object, command: Command) => {
        const { client, show } = contextOf(command, world);
        if (name === undefined) {
          const { pools } = await client.ask<{ pools: Pool[] }>('/v3/cache/pools');
          show(pools, (columns) => table(poolColumns, pools, 'No host has reported a pool yet.', columns));
          return;
        }
        const { pool } = await client.ask<{ pool: PoolDetail }>(poolPath(name));
        show(pool, (columns) => poolText(pool, columns));
      }),
    'hearth cache pools',
    "hearth cache pools 'store-01@fast#default' --json",
  );
  withExamples(
    cache
      .command('settings')
      .argument('[pool]', 'host@backend#pool; all unless told')
      .description('the effective settings of each pool, and what is wrong with them')
      .action(async (name: string | undefined, _options: object, command: Command) => {
        const { client, show } = contextOf(command, world);
        const pools = await poolsNamed(client, name);
        const shown = pools.map(({ pool, state, reason, off, settings }) => ({ pool, state, reason, off, settings }));
        show(shown, () => shown.map(settingsText).join('\n\n') || 'No host has reported a pool yet.');
      }),
    'hearth cache settings',
    "hearth cache settings 'store-01@fast#default'",
  );
  addSwitch(cache, world);
}

const shareColumns = [
  {
    title: 'PROJECT',
    text: ({ project_id }: PoolDetail['shares'][number]) => project_id ?? 'prefetched, or not known',
  },
  { title: 'GIB', text: ({ size_gib }: PoolDetail['shares'][number]) => String(size_gib), align: 'right' },
  { title: 'ENTRIES', text: ({ count }: PoolDetail['shares'][number]) => String(count), align: 'right' },
] as const;

const poolText = (pool: PoolDetail, columns: number | undefined) =>
  `${table(poolColumns, [pool], '', columns)}\n\n${table(shareColumns, pool.shares, 'Nobody takes anything of it.', columns)}`;

function settingsText({
  pool,
  settings,
  off,
  state,
  reason,
}: Pick<Pool, 'pool' | 'settings' | 'off' | 'state' | 'reason'>) {
  if (!settings) return listing({ pool, cache: poolState({ off, state, reason }), settings: 'not reported' });
  return listing({ pool, ...(off && { switched: poolState({ off, state, reason }) }), ...settingsFields(settings) });
}

/** All pools, or the one of that name. */
export async function poolsNamed(client: CliContext['client'], name: string | undefined): Promise<readonly Pool[]> {
  if (name !== undefined) return [(await client.ask<{ pool: PoolDetail }>(poolPath(name))).pool];
  return (await client.ask<{ pools: Pool[] }>('/v3/cache/pools')).pools;
}

interface SwitchOptions {
  readonly all?: boolean;
  readonly drain?: boolean;
}

function addSwitch(cache: Command, world: CliWorld): void {
  const act = async (names: readonly string[], options: SwitchOptions, command: Command, body: object) => {
    const { client, show } = contextOf(command, world);
    if ((names.length === 0) !== (options.all === true)) throw new CliError('name pools, or say --all', 2);
    const wanted = options.all ? (await poolsNamed(client, undefined)).map(({ pool }) => pool) : names;
    const pools: PoolDetail[] = [];
    for (const name of wanted) {
      const asked = { method: 'PUT', body: { switch: body } } as const;
      pools.push((await client.ask<{ pool: PoolDetail }>(`${poolPath(name)}/switch`, asked)).pool);
    }
    show(pools, (columns) => table(poolColumns, pools, 'There is no pool.', columns));
  };
  withExamples(
    cache
      .command('off')
      .argument('[pools...]', 'host@backend#pool')
      .description("switch pools' caches off: no entry serves and none is made; entries stay unless told")
      .option('--all', 'of all pools')
      .option('--drain', 'and evict the entries, one after the other')
      .action((names: string[], options: SwitchOptions, command: Command) =>
        act(names, options, command, { on: false, ready: options.drain ? 'drain' : 'stay' }),
      ),
    "hearth cache off 'store-01@fast#default' --drain",
  );
  withExamples(
    cache
      .command('on')
      .argument('[pools...]', 'host@backend#pool')
      .description("switch pools' caches on again")
      .option('--all', 'of all pools')
      .action((names: string[], options: SwitchOptions, command: Command) =>
        act(names, options, command, { on: true }),
      ),
    "hearth cache on 'store-01@fast#default'",
    'hearth cache on --all',
  );
}
