import { type Command, Option } from 'commander';
import { timeText } from '../../amounts';
import { actorText, type Policy, type Prefetch } from '../../cache/answers';
import { checkedId } from '../../cache/find-entries';
import { prefetchColumns } from '../../cache/prefetches.text';
import { CliError } from '../../cli.error';
import { type CliContext, type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { type Column, listing, table } from '../../table';
import { durationSeconds, secondsText } from '../../terminal/moments';
import { countOf, pairOf, severalTexts } from '../../terminal/numbers';

const columns: readonly Column<Policy>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'NAME', text: ({ name }) => name, shrinks: true },
  { title: 'IMAGES', text: selectorText, shrinks: true },
  { title: 'POOLS', text: ({ pools }) => pools.join(', '), shrinks: true },
  { title: 'KEEP', text: ({ keep }) => String(keep), align: 'right' },
  { title: 'PIN', text: ({ pin }) => (pin ? 'yes' : 'no') },
  { title: 'EVERY', text: ({ every_seconds }) => secondsText(every_seconds) },
  { title: 'ENABLED', text: ({ enabled }) => (enabled ? 'yes' : 'no') },
];

function selectorText({ image_id, image_name, image_properties }: Policy): string {
  if (image_id !== null) return image_id;
  const pairs = Object.entries(image_properties ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...(image_name === null ? [] : [`name ${image_name}`]), ...pairs].join(', ') || 'all';
}

const policyText = (policy: Policy) =>
  listing({
    policy: policy.id,
    name: policy.name,
    images: selectorText(policy),
    pools: policy.pools.join(', '),
    'which are': policy.matched_pools.join(', ') || 'none that has a cache now',
    keep: `the newest ${policy.keep}`,
    pin: policy.pin ? 'yes' : 'no',
    every: secondsText(policy.every_seconds),
    enabled: policy.enabled ? 'yes' : 'no',
    defined: `${timeText(policy.updated_at)} by ${actorText(policy.defined_by)}`,
    created: timeText(policy.created_at),
  });

const path = '/v3/cache/policies';
const pathOf = (id: string) => `${path}/${checkedId(id, 'a policy')}`;
const prefetchesShown = 10;
const lastPrefetchesOf = ({ id }: Policy) =>
  `/v3/cache/prefetches?policy_id=${id}&sort=requested_at:desc&limit=${prefetchesShown}`;
const look = async ({ client }: CliContext, id: string) => (await client.ask<{ policy: Policy }>(pathOf(id))).policy;

export function addPolicyCommands(cache: Command, world: CliWorld): void {
  const policies = cache
    .command('policies')
    .description('what is kept in the caches: images, or the newest that a selector finds');
  withExamples(
    policies
      .command('list', { isDefault: true })
      .description('all policies')
      .action(async (_options: object, command: Command) => {
        const { client, show } = contextOf(command, world);
        const { policies: all } = await client.ask<{ policies: Policy[] }>(path);
        show(all, (width) => table(columns, all, 'There is no policy.', width));
      }),
    'hearth cache policies',
  );
  withExamples(
    policies
      .command('show')
      .argument('<policy>', 'id of a policy')
      .description('one policy: which pools it is about now, what it asked for last, and what became of that')
      .action(async (id: string, _options: object, command: Command) => {
        const context = contextOf(command, world);
        const policy = await look(context, id);
        const { prefetches } = await context.client.ask<{ prefetches: Prefetch[] }>(lastPrefetchesOf(policy));
        const none = 'It has asked for nothing yet.';
        context.show({ ...policy, prefetches }, (width) =>
          [policyText(policy), '', table(prefetchColumns, prefetches, none, width)].join('\n'),
        );
      }),
    'hearth cache policies show 7b0c0a5e-5d64-4d02-8a5e-6c8b0f4d2e19',
  );
  addCreate(policies, world);
  addUpdate(policies, world);
  addRemove(policies, world);
}

interface PolicyOptions {
  readonly name?: string;
  readonly image?: string;
  readonly imageName?: string;
  readonly property?: Readonly<Record<string, string>>;
  readonly pool?: readonly string[];
  readonly keep?: number;
  readonly pin?: boolean;
  readonly every?: number;
  readonly enabled?: boolean;
}

const withDefinition = (command: Command) =>
  command
    .addOption(new Option('--image <id>', 'this one image').conflicts(['imageName', 'property']))
    .option('--image-name <name>', 'the newest public images of this name')
    .option(
      '--property <key=value>',
      'and with this property, or visibility, or owner, of which either takes others than public ones; several times',
      pairOf,
    )
    .option('--pool <pool>', 'in these: host@backend#pool, host@backend, or with *; several times', severalTexts)
    .option('--keep <count>', 'how many of the newest', countOf)
    .option('--pin', 'and pin them')
    .option('--no-pin', 'and do not pin them')
    .option('--every <time>', 'how often to look: 1h', durationSeconds)
    .option('--enabled', 'it is looked at')
    .option('--no-enabled', 'it is kept and not looked at');

/** What the options say, in the words of the api. */
const definitionOf = (options: PolicyOptions) => ({
  ...(options.name !== undefined && { name: options.name }),
  ...(options.image !== undefined && { image_id: checkedId(options.image, 'an image') }),
  ...(options.imageName !== undefined && { image_name: options.imageName }),
  ...(options.property && { image_properties: options.property }),
  ...(options.pool && { pools: options.pool }),
  ...(options.keep !== undefined && { keep: options.keep }),
  ...(options.pin !== undefined && { pin: options.pin }),
  ...(options.every !== undefined && { every_seconds: options.every }),
  ...(options.enabled !== undefined && { enabled: options.enabled }),
});

function addCreate(policies: Command, world: CliWorld): void {
  withExamples(
    withDefinition(policies.command('create'))
      .argument('<name>', 'name of the policy')
      .description('define a policy')
      .action(async (name: string, options: PolicyOptions, command: Command) => {
        const { client, show } = contextOf(command, world);
        const definition = definitionOf({ ...options, name });
        if (!('image_id' in definition || 'image_name' in definition || 'image_properties' in definition)) {
          throw new CliError('say which images: --image, --image-name or --property', 2);
        }
        const asked = { method: 'POST', body: { policy: definition } } as const;
        const { policy } = await client.ask<{ policy: Policy }>(path, asked);
        show(policy, () => policyText(policy));
      }),
    'hearth cache policies create debian --image-name debian-12 --keep 2 --every 1h --pin',
    "hearth cache policies create shop --property os_distro=debian --pool 'store-*@fast'",
  );
}

function addUpdate(policies: Command, world: CliWorld): void {
  withExamples(
    withDefinition(policies.command('update'))
      .argument('<policy>', 'id of a policy')
      .description('change a policy; what is not said stays as it is')
      .option('--name <name>', 'another name')
      .action(async (id: string, options: PolicyOptions, command: Command) => {
        const context = contextOf(command, world);
        const definition = definitionOf(options);
        if (Object.keys(definition).length === 0) throw new CliError('say what to change', 2);
        const known = await look(context, id);
        const asked = { method: 'PUT', body: { policy: { ...kept(known, definition), ...definition } } } as const;
        const { policy } = await context.client.ask<{ policy: Policy }>(pathOf(id), asked);
        context.show(policy, () => policyText(policy));
      }),
    'hearth cache policies update 7b0c0a5e-5d64-4d02-8a5e-6c8b0f4d2e19 --no-enabled',
  );
}

/** What a policy says by now, without the selector where another kind of it is given. */
function kept(known: Policy, definition: object): object {
  const { name, pools, keep, pin, every_seconds, enabled, image_id, image_name, image_properties } = known;
  const rest = { name, pools, keep, pin, every_seconds, enabled };
  if ('image_id' in definition) return rest;
  const selects = 'image_name' in definition || 'image_properties' in definition;
  if (image_id !== null) return selects ? rest : { ...rest, image_id };
  return {
    ...rest,
    ...(image_name !== null && { image_name }),
    ...(image_properties !== null && { image_properties }),
  };
}

function addRemove(policies: Command, world: CliWorld): void {
  withExamples(
    policies
      .command('delete')
      .argument('<policy>', 'id of a policy')
      .description('remove a policy; what it fetched and pinned stays')
      .action(async (id: string, _options: object, command: Command) => {
        const { client, show } = contextOf(command, world);
        await client.ask(pathOf(id), { method: 'DELETE' });
        show({ id, deleted: true }, () => `Policy ${id} is removed.`);
      }),
    'hearth cache policies delete 7b0c0a5e-5d64-4d02-8a5e-6c8b0f4d2e19',
  );
}
