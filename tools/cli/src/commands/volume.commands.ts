import type { Command } from 'commander';
import { type Progress, progressText } from '../amounts';
import { CliError } from '../cli.error';
import { type CliContext, type CliWorld, contextOf } from '../context';
import { withExamples } from '../examples';
import { volumeIdOf } from '../find-volume';
import { type Column, listing, table } from '../table';
import { pairOf, wholeNumber } from '../terminal/numbers';

interface Volume {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly size: number;
  readonly volume_type: string | null;
  readonly availability_zone: string | null;
  readonly bootable: string;
  readonly created_at: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly volume_image_metadata?: Readonly<Record<string, string>>;
  readonly 'hearth:progress'?: Progress;
  readonly 'os-vol-host-attr:host'?: string | null;
  readonly 'os-vol-tenant-attr:tenant_id'?: string;
}

const columns: readonly Column<Volume>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'NAME', text: ({ name }) => name ?? '-', shrinks: true },
  { title: 'STATUS', text: volumeStatus },
  { title: 'GIB', text: ({ size }) => String(size), align: 'right' },
  { title: 'TYPE', text: ({ volume_type }) => volume_type ?? '-' },
  { title: 'BOOTABLE', text: ({ bootable }) => bootable },
  { title: 'IMAGE', text: ({ volume_image_metadata }) => volume_image_metadata?.image_name ?? '-' },
];

interface CreateOptions {
  readonly size: number;
  readonly image?: string;
  readonly type?: string;
  readonly zone?: string;
  readonly description?: string;
  readonly property?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
}

export function addVolumeCommands(program: Command, world: CliWorld): void {
  const volume = program.command('volume').description('volumes of your project');
  addCreate(volume, world);
  const list = volume
    .command('list')
    .description('volumes, newest first')
    .option('--all', 'of all projects (for administrators)')
    .option('--status <status>', 'only with this status')
    .option('--name <name>', 'only with this name')
    .option('--limit <count>', 'at most so many', wholeNumber)
    .action(async (options: { all?: boolean; status?: string; name?: string; limit?: number }, command: Command) => {
      const { client, show } = contextOf(command, world);
      const { all, ...query } = options;
      const { volumes } = await client.ask<{ volumes: Volume[] }>('/v3/volumes/detail', {
        query: { ...query, all_tenants: all },
      });
      show(volumes, (width) => table(columns, volumes, 'There are no volumes that match.', width));
    });
  const one = volume
    .command('show')
    .argument('<volume>', 'id or name')
    .description('one volume')
    .action(async (reference: string, _options: object, command: Command) => {
      const context = contextOf(command, world);
      const found = await look(context, await volumeIdOf(context.client, reference));
      context.show(found, () => volumeText(found));
    });
  const remove = volume
    .command('delete')
    .argument('<volume>', 'id or name')
    .description('delete a volume')
    .action(async (reference: string, _options: object, command: Command) => {
      const { client, show } = contextOf(command, world);
      const id = await volumeIdOf(client, reference);
      await client.ask(`/v3/volumes/${id}`, { method: 'DELETE' });
      show({ id, accepted: true }, () => `${id} is being deleted`);
    });
  withExamples(list, 'hearth volume list --status error', 'hearth volume list --all --json');
  withExamples(one, 'hearth volume show disk1');
  withExamples(remove, 'hearth volume delete disk1');
}

function addCreate(volume: Command, world: CliWorld): void {
  const creation = volume
    .command('create')
    .argument('[name]', 'name of the volume')
    .description('create a volume, blank or from an image')
    .requiredOption('--size <gib>', 'size in GiB', wholeNumber)
    .option('--image <image>', 'id or name of the image to make it from')
    .option('--type <type>', 'id or name of a volume type')
    .option('--zone <zone>', 'availability zone')
    .option('--description <text>', 'a description')
    .option('--property <key=value>', 'metadata; may be given several times', pairOf)
    .option('--idempotency-key <key>', 'the same key again is the same volume')
    .option('--wait', 'return when the volume is available, or fail when it is in error')
    .action(async (name: string | undefined, options: CreateOptions, command: Command) => {
      const context = contextOf(command, world);
      const made = await create(context, name, options);
      const found = options.wait ? await settled(context, made.id) : made;
      context.show(found, () => volumeText(found));
      if (options.wait && found.status !== 'available') {
        throw new CliError(`volume ${found.id} is ${found.status}; see: hearth explain ${found.id}`, 1);
      }
    });
  withExamples(
    creation,
    'hearth volume create blank1 --size 1',
    'hearth volume create disk1 --size 2 --image debian-12 --wait',
  );
}

async function create({ client }: CliContext, name: string | undefined, options: CreateOptions): Promise<Volume> {
  const { size, image, type, zone, description, property: metadata, idempotencyKey } = options;
  const volume = { size, name, description, imageRef: image, volume_type: type, availability_zone: zone, metadata };
  const answer = await client.ask<{ volume: Volume }>('/v3/volumes', {
    method: 'POST',
    body: { volume },
    headers: idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
  });
  return answer.volume;
}

async function look({ client }: CliContext, id: string): Promise<Volume> {
  return (await client.ask<{ volume: Volume }>(`/v3/volumes/${id}`)).volume;
}

const pauseMinMs = 20;
const pauseMaxMs = 1_000;

/** The volume once nobody works on it any more. */
async function settled(context: CliContext, id: string): Promise<Volume> {
  for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(pauseMs * 1.5, pauseMaxMs)) {
    const volume = await look(context, id);
    if (volume.status !== 'creating' && volume.status !== 'downloading') return volume;
    await context.world.pause(pauseMs);
  }
}

/** With the percent of one whose image is on its way. */
function volumeStatus({ status, 'hearth:progress': progress }: Volume): string {
  return progress ? `${status} (${progress.percent} %)` : status;
}

function volumeText(volume: Volume): string {
  const { metadata, volume_image_metadata: image } = volume;
  const host = volume['os-vol-host-attr:host'];
  const progress = volume['hearth:progress'];
  const project = volume['os-vol-tenant-attr:tenant_id'];
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  return listing({
    id: volume.id,
    name: volume.name ?? '-',
    status: volume.status,
    ...(progress && { progress: progressText(progress) }),
    size: `${volume.size} GiB`,
    type: volume.volume_type ?? '-',
    zone: volume.availability_zone ?? '-',
    bootable: volume.bootable,
    created: volume.created_at,
    ...(project !== undefined && { project }),
    ...(host && { host }),
    ...(image && { image: `${image.image_name ?? ''} ${image.image_id ?? ''}`.trim() }),
    ...(pairs.length > 0 && { properties: pairs.join(', ') }),
  });
}
