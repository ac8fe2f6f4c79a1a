import { examplePool } from '@hearth/domain/testing';
import { randomUUID } from 'node:crypto';
import type { Answer } from '../test-api';
import { imageId } from '../volume-rows';
import { exampleBody, type KnownFields, someUuid } from './example-body';
import { parametersOf, type Step } from './steps';
import { walkCache, type WalkWorld } from './walk-world';

/** Who asks, and how. */
export interface Asker {
  /** Null sends none. */
  readonly token: string | null;
  /** The project in the URL; undefined leaves it out. */
  readonly project?: string;
  readonly minor?: number;
  /** What the path names is made for this request alone, for it may be changed or deleted. */
  readonly fresh?: boolean;
  /** What the path names is not there. */
  readonly missing?: boolean;
  /** Called when all that the request names is there, just before it is sent. */
  readonly atRequest?: () => void;
}

/** Asks for a step as a well-behaved client would. */
export async function walk(world: WalkWorld, step: Step, asker: Asker): Promise<Answer> {
  const { token, project, minor = step.until, fresh = false, missing = false } = asker;
  const [withProject, without = withProject] = step.paths;
  let path = project === undefined ? without! : withProject!.replace('{project_id}', project);
  const named: Record<string, string> = {};
  for (const parameter of parametersOf(path)) {
    const isThere = !missing || parameter === 'key';
    const value = isThere ? await world.object(kindOf(parameter, step), step.operation, { fresh }) : undefined;
    named[parameter] = value ?? randomUUID();
    path = path.replace(`{${parameter}}`, named[parameter]);
  }
  const body = step.schema && exampleBody(step.schema(minor), await knownFields(world, step, named, fresh));
  const query = await queryOf(world, step);
  asker.atRequest?.();
  return world.house.api.ask(step.method, `${path}${query}`, {
    token,
    headers: { 'openstack-api-version': `volume 3.${minor}` },
    ...(body !== undefined && { body }),
  });
}

/** Steps that need what their path names in a state of its own. */
const kinds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'types.encryption.create': { type_id: 'plain_type_id' },
  'attachments.action': { attachment_id: 'connected_attachment_id' },
  'cache.switch': { pool: 'spare_pool' },
};
const kindOf = (parameter: string, { operation }: Step) => kinds[operation]?.[parameter] ?? parameter;

/** What a query has to say. */
const cacheQueries: Readonly<Record<string, string>> = {
  'cache.advice': `?pool=${encodeURIComponent(walkCache)}`,
  'cache.shadow': `?pool=${encodeURIComponent(walkCache)}&limit_gib=10`,
};

async function queryOf(world: WalkWorld, { operation, method }: Step): Promise<string> {
  if (operation.endsWith('sociate')) return `?vol_type_id=${await plainType(world)}`;
  if (operation === 'cache.difference') return `?from=${world.openedAt}`;
  const ofCache = cacheQueries[operation];
  if (ofCache !== undefined) return ofCache;
  const isOfPool = method === 'GET' && /^(manageable|os)(Volume|Snapshot)s?(Manage)?\./.test(operation);
  return isOfPool ? `?host=${encodeURIComponent(examplePool)}` : '';
}

const plainType = (world: WalkWorld) => world.object('plain_type_id', 'types', { fresh: false });

/** Fields of which a schema does not say enough. `named`: what the path names. */
async function knownFields(
  world: WalkWorld,
  { operation, name }: Step,
  named: Readonly<Record<string, string>>,
  fresh: boolean,
): Promise<KnownFields> {
  const volume = () => world.object('volume_id', operation, { fresh });
  const connector = { host: 'node', initiator: 'iqn.example' };
  switch (operation) {
    case 'volumes.create':
      return { size: 1 };
    case 'cache.switch':
      return { on: false };
    case 'olderTransfers.create':
    case 'transfers.create':
    case 'snapshots.create':
    case 'backups.create':
      return { volume_id: await volume() };
    case 'olderTransfers.accept':
    case 'transfers.accept':
      return { auth_key: world.authKeyOf(named['transfer_id']) };
    case 'attachments.create':
      return { volume_uuid: await volume(), instance_uuid: randomUUID() };
    case 'attachments.update':
      return { connector };
    case 'types.specs.update':
      return { key: named['key'] };
    case 'types.action':
      return { project: name.endsWith('addProjectAccess') ? randomUUID() : someUuid };
    case 'volumes.act':
      return {
        new_size: 2,
        status: 'available',
        new_type: await plainType(world),
        image_id: imageId,
        key: 'k',
        connector,
      };
    case 'snapshots.action':
      return { status: 'available' };
    case 'snapshots.update':
    case 'volumes.update':
      return { name: 'other' };
    case 'types.update':
      return { name: randomUUID() };
    case 'quotas.update':
      return { quota_set: { volumes: -1 } };
    case 'cache.prefetch':
      return { images: [imageId] };
    case 'cache.pin':
      return { image_id: imageId };
    case 'cache.createPolicy':
    case 'cache.updatePolicy':
      return { image_name: 'debian' };
    case 'services.enable':
    case 'services.disable':
    case 'services.disableWithReason':
      return { host: await world.object('spare_service', operation, { fresh }), binary: 'cinder-volume' };
    default:
      return {};
  }
}
