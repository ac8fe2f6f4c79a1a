import type { Command } from 'commander';
import { timeText } from '../../amounts';
import type { CachedImage, Entry, EntryUser } from '../../cache/answers';
import { entryColumns, entryStatus, entryText, userColumns } from '../../cache/entries.text';
import { checkedId, entriesMeant } from '../../cache/find-entries';
import { pinColumns } from '../../cache/pins.text';
import { prefetchColumns } from '../../cache/prefetches.text';
import { type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { table } from '../../table';
import { momentForms, pastMoment } from '../../terminal/moments';
import { countOf, sizeGib } from '../../terminal/numbers';

interface ListOptions {
  readonly pool?: string;
  readonly host?: string;
  readonly image?: string;
  readonly imageName?: string;
  readonly content?: string;
  readonly status?: string;
  readonly project?: string;
  readonly pinned?: boolean;
  readonly suspended?: boolean;
  readonly reason?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly since?: string;
  readonly before?: string;
  readonly usedSince?: string;
  readonly unusedSince?: string;
  readonly sort?: string;
  readonly limit?: number;
}

export function addEntryCommands(cache: Command, world: CliWorld): void {
  addList(cache, world);
  addShow(cache, world);
  addWhere(cache, world);
  addUsedBy(cache, world);
}

function addList(cache: Command, world: CliWorld): void {
  const moment = (text: string) => pastMoment(text, world.now());
  const list = cache
    .command('list')
    .description('the copies of images that the caches hold')
    .option('--pool <pool>', 'only in this host@backend#pool')
    .option('--host <host>', 'only of this host, host@backend or host@backend#pool')
    .option('--image <id>', 'only of this image')
    .option('--image-name <text>', 'only of images with this in their name')
    .option('--content <content>', 'only of this content')
    .option('--status <status>', 'only filling, ready or retired; several with commas between')
    .option('--project <id>', 'only those that this project had filled')
    .option('--pinned', 'only of images that are pinned')
    .option('--no-pinned', 'only of images that are not pinned')
    .option('--suspended', 'only those that are suspended')
    .option('--no-suspended', 'only those that are not suspended')
    .option('--reason <reason>', 'only those that were given up for this reason: lru, limit, ttl, …')
    .option('--min-size <size>', 'from so many GiB on', sizeGib)
    .option('--max-size <size>', 'up to so many GiB', sizeGib)
    .option('--since <moment>', `made since then (${momentForms})`, moment)
    .option('--before <moment>', 'made before', moment)
    .option('--used-since <moment>', 'used since then', moment)
    .option('--unused-since <moment>', 'not used since then', moment)
    .option('--sort <keys>', 'created_at, last_used_at, size_gib, hits, used_by, …, with :asc or :desc')
    .option('--limit <count>', 'at most so many', countOf)
    .action(async (options: ListOptions, command: Command) => {
      const { client, show } = contextOf(command, world);
      const entries = await client.askAll<Entry>('/v3/cache/entries', 'entries', queryOf(options), options.limit);
      show(entries, (columns) => table(entryColumns, entries, 'The caches hold nothing that matches.', columns));
    });
  withExamples(
    list,
    'hearth cache list --status ready --sort last_used_at:asc',
    'hearth cache list --pool store-01@fast#default --unused-since -7d --json',
  );
}

const queryOf = (options: ListOptions) => ({
  ...{ pool: options.pool, host: options.host, image_id: options.image, image_name: options.imageName },
  ...{ content: options.content, status: options.status, project_id: options.project },
  ...{ pinned: options.pinned, suspended: options.suspended, retire_reason: options.reason },
  ...{ min_size: options.minSize, max_size: options.maxSize },
  ...{ created_since: options.since, created_before: options.before },
  ...{ used_since: options.usedSince, used_before: options.unusedSince, sort: options.sort },
});

function addShow(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('show')
      .argument('<image or entry>', 'id of an image, or of an entry')
      .description('copies of an image: where the bytes came from, what proves them, who uses them')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .action(async (reference: string, { pool }: { pool?: string }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const entries = await entriesMeant(client, reference, { pool });
        show(entries, () => entries.map(entryText).join('\n\n'));
      }),
    'hearth cache show 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11',
  );
}

function addWhere(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('where')
      .argument('<image>', 'id of an image')
      .description('where an image is cached, pinned and being fetched')
      .action(async (reference: string, _options: object, command: Command) => {
        const { client, show } = contextOf(command, world);
        const { image } = await client.ask<{ image: CachedImage }>(
          `/v3/cache/images/${checkedId(reference, 'an image')}`,
        );
        show(image, (columns) => whereText(image, columns));
      }),
    'hearth cache where 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11',
  );
}

const whereColumns = [
  { title: 'POOL', text: ({ pool }: Entry) => pool },
  { title: 'STATUS', text: entryStatus },
  { title: 'GIB', text: ({ size_gib }: Entry) => String(size_gib), align: 'right' },
  { title: 'HITS', text: ({ hits }: Entry) => String(hits), align: 'right' },
  { title: 'USED BY', text: ({ used_by }: Entry) => String(used_by), align: 'right' },
  { title: 'LAST USED', text: ({ last_used_at }: Entry) => timeText(last_used_at) },
  { title: 'ENTRY', text: ({ id }: Entry) => id },
] as const;

function whereText({ id, entries, pins, prefetches }: CachedImage, columns: number | undefined): string {
  return [
    table(whereColumns, entries, `No cache has a copy of image ${id}.`, columns),
    ...(pins.length > 0 ? ['', 'Pinned:', table(pinColumns, pins, '', columns)] : []),
    ...(prefetches.length > 0 ? ['', 'Being fetched:', table(prefetchColumns, prefetches, '', columns)] : []),
  ].join('\n');
}

function addUsedBy(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('used-by')
      .argument('<image or entry>', 'id of an image, or of an entry')
      .description('the volumes that were made from an entry and are there')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .option('--limit <count>', 'at most so many of each entry', countOf)
      .action(async (reference: string, options: { pool?: string; limit?: number }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const entries = await entriesMeant(client, reference, { pool: options.pool });
        const users: EntryUser[] = [];
        for (const { id } of entries) {
          users.push(...(await client.askAll<EntryUser>(usersPath(id), 'volumes', {}, options.limit)));
        }
        show(users, (columns) => table(userColumns, users, 'No volume that is there was made from it.', columns));
      }),
    'hearth cache used-by 0a6b9c52-5c0e-4b5e-9b64-0d8f6b6a2f11',
  );
}

export const usersPath = (id: string) => `/v3/cache/entries/${id}/used-by`;
