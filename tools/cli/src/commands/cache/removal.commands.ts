import type { Command } from 'commander';
import type { Entry, EntryUser } from '../../cache/answers';
import { entriesMeant, entryMeant } from '../../cache/find-entries';
import { deletedText, remove, removedText, type Removed } from '../../cache/removal';
import { CliError } from '../../cli.error';
import { type CliContext, type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { durationSeconds } from '../../terminal/moments';
import { countOf, severalTexts, sizeGib, wholeNumber } from '../../terminal/numbers';
import { usersPath } from './entries.commands';

interface RemovalOptions {
  readonly pool?: readonly string[];
  readonly dryRun?: boolean;
  readonly max?: number;
}

export function addRemovalCommands(cache: Command, world: CliWorld): void {
  addDelete(cache, world);
  addClear(cache, world);
  addPrune(cache, world);
  addClean(cache, world);
}

function addDelete(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('delete')
      .argument('<image or entry>', 'id of an entry, or of an image with one')
      .description('take an entry out of service; says what still needs its image-volume')
      .option('--pool <pool>', 'of an image: the entry in this host@backend#pool')
      .option('--all', 'of an image: the entries in all pools')
      .action(async (reference: string, options: { pool?: string; all?: boolean }, command: Command) => {
        const context = contextOf(command, world);
        const filters = { pool: options.pool, status: 'ready,filling' };
        const entries = options.all
          ? await entriesMeant(context.client, reference, filters)
          : [await entryMeant(context.client, reference, filters)];
        const deleted: { readonly entry: Entry; readonly users: readonly EntryUser[] }[] = [];
        for (const { id } of entries) deleted.push(await deleteEntry(context, id));
        context.show(
          deleted.map(({ entry, users }) => ({ ...entry, users })),
          () => deleted.map(({ entry, users }) => deletedText(entry, users)).join('\n'),
        );
      }),
    'hearth cache delete 0a6b9c52-5c0e-4b5e-9b64-0d8f6b6a2f11',
    'hearth cache delete 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11 --all',
  );
}

async function deleteEntry({ client }: CliContext, id: string) {
  const { entry } = await client.ask<{ entry: Entry }>(`/v3/cache/entries/${id}`, { method: 'DELETE' });
  const users = entry.used_by === 0 ? [] : await client.askAll<EntryUser>(usersPath(id), 'volumes');
  return { entry, users };
}

const withTargets = (command: Command) =>
  command
    .option('--pool <pool>', 'only of these: host@backend#pool, host@backend, or with *; several times', severalTexts)
    .option('--dry-run', 'only tell what would go')
    .option('--max <count>', 'at most so many entries', countOf);

async function run(
  context: CliContext,
  kind: 'clear' | 'prune' | 'clean',
  { pool: pools, dryRun = false, max }: RemovalOptions,
  targets: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const asked = { ...(pools && { pools }), ...targets };
  const order = { kind, asked, isDryRun: dryRun, max };
  const removed = await remove(context.client, order, context.progress('entries'));
  context.show({ ...removed.removal, ...(kind === 'clean' && { passes: removed.passes }) }, (columns) =>
    removedText(removed, columns),
  );
  checkPasses(removed);
}

function checkPasses({ passes }: Removed): void {
  const failed = passes.filter(({ status }) => status === 'failed').map(({ pass }) => pass);
  if (failed.length > 0) throw new CliError(`the janitor's pass ${failed.join(' and ')} failed; its log says why`, 1);
  if (passes.some(({ status }) => status === 'unreachable')) {
    throw new CliError('no janitor answers: what was given up is removed when one runs', 5);
  }
}

function addClear(cache: Command, world: CliWorld): void {
  withExamples(
    withTargets(cache.command('clear'))
      .description('give up every entry that is not in use, of some pools or all')
      .option('--pinned', 'pinned ones too; they stay pinned')
      .option('--yes', 'do it')
      .action(async (options: RemovalOptions & { pinned?: boolean; yes?: boolean }, command: Command) => {
        if (options.yes === options.dryRun) {
          throw new CliError('clear takes everything: say --yes, or --dry-run to see what would go', 2);
        }
        await run(contextOf(command, world), 'clear', options, options.pinned ? { pinned: true } : {});
      }),
    'hearth cache clear --dry-run',
    "hearth cache clear --pool 'store-01@*' --yes",
  );
}

interface PruneOptions extends RemovalOptions {
  readonly toSize?: number;
  readonly toCount?: number;
  readonly olderThan?: number;
  readonly unusedFor?: number;
}

function addPrune(cache: Command, world: CliWorld): void {
  withExamples(
    withTargets(cache.command('prune'))
      .description("give up entries down to these targets, or to the pools' own limits and ages where none is given")
      .option('--to-size <size>', 'down to so many GiB in each pool', sizeGib)
      .option('--to-count <count>', 'down to so many entries in each pool', wholeNumber)
      .option('--older-than <time>', 'those that were filled so long ago: 30d', durationSeconds)
      .option('--unused-for <time>', 'those that nobody used for so long: 7d', durationSeconds)
      .action(async (options: PruneOptions, command: Command) => {
        const targets = {
          ...(options.toSize !== undefined && { size_gib: options.toSize }),
          ...(options.toCount !== undefined && { count: options.toCount }),
          ...(options.olderThan !== undefined && { older_than_seconds: options.olderThan }),
          ...(options.unusedFor !== undefined && { unused_for_seconds: options.unusedFor }),
        };
        await run(contextOf(command, world), 'prune', options, targets);
      }),
    'hearth cache prune --dry-run',
    'hearth cache prune --to-size 200GiB --unused-for 7d',
  );
}

function addClean(cache: Command, world: CliWorld): void {
  withExamples(
    withTargets(cache.command('clean'))
      .description('give up what serves nobody any more, and remove the remains of what was given up')
      .action((options: RemovalOptions, command: Command) => run(contextOf(command, world), 'clean', options)),
    'hearth cache clean --dry-run',
  );
}
