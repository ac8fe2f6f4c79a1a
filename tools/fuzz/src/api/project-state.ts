import { examplePool } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { imageId } from './images.server';
import { fuzzProject, fuzzTokens } from './request-maker';
import type { KnownObjects } from './known-objects';
import type { Promises } from './oracle';

const canaryProject = 'canary';
const canaryToken = `${canaryProject}:carl:member`;
const canaryAdmin = `${canaryProject}:cora:admin`;

/** What another project has, and nobody else may learn of or change. */
export interface Canary extends Promises {
  /** Throws unless everything is as it was. */
  check(): Promise<void>;
}

/** An api that does not answer for so long is a finding of its own. */
const answerMs = 30_000;

interface Asked {
  readonly token: string;
  readonly method?: string;
  readonly body?: unknown;
}

async function ask(url: string, path: string, { token, method = 'GET', body }: Asked): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      'X-Auth-Token': token,
      'Content-Type': 'application/json',
      'OpenStack-API-Version': 'volume 3.70',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

type Made = Readonly<Record<string, { readonly id: string }>>;

/** Plants the canary: a volume, a snapshot of it, an attachment of another, an offer of a third; and a type that is for nobody. */
export async function plantCanary(url: string, known: KnownObjects): Promise<Canary> {
  const secret = `secret-${randomUUID()}`;
  const fields = { name: secret, description: secret, metadata: { [`k${secret}`]: secret } };
  const make = async (path: string, body: object) =>
    Object.values(
      (await ask(url, `/v3/${canaryProject}/${path}`, { token: canaryToken, method: 'POST', body })) as Made,
    )[0]!.id;
  const show = (path: string) =>
    ask(url, `/v3/${canaryProject}/${path}`, { token: path.startsWith('types/') ? canaryAdmin : canaryToken });
  const volumes = [];
  for (let count = 0; count < 3; count++) volumes.push(await make('volumes', { volume: { size: 1, ...fields } }));
  for (const id of volumes) await available(url, canaryProject, canaryToken, id);
  const [volume = '', attached = '', offered = ''] = volumes;
  const snapshot = await make('snapshots', { snapshot: { volume_id: volume, ...fields } });
  const attachment = await make('attachments', { attachment: { volume_uuid: attached, instance_uuid: randomUUID() } });
  const transfer = await make('volume-transfers', { transfer: { volume_id: offered, name: secret } });
  for (const id of volumes) known.addCanary('volume', id);
  known.addCanary('snapshot', snapshot);
  known.addCanary('attachment', attachment);
  known.addCanary('transfer', transfer);
  const type = await plantType(url, secret);
  known.addCanary('type', type);
  const paths = [
    ...volumes.map((id) => `volumes/${id}`),
    `snapshots/${snapshot}`,
    `attachments/${attachment}`,
    `volume-transfers/${transfer}`,
    `types/${type}`,
  ];
  await eventually(async () => JSON.stringify(await show(`snapshots/${snapshot}`)).includes('"available"'));
  const before = await Promise.all(paths.map(show));
  return {
    secrets: [secret],
    ids: [...volumes, snapshot, attachment, transfer, type],
    check: async () => {
      const after = await Promise.all(paths.map(show));
      const changed = paths.filter((_, at) => JSON.stringify(after[at]) !== JSON.stringify(before[at]));
      if (changed.length > 0) throw new Error(`another project's ${changed.join(', ')} are not as they were`);
    },
  };
}

/** Not public, and no project was given it. */
async function plantType(url: string, secret: string): Promise<string> {
  const specs = { name: secret, description: secret, extra_specs: { [secret]: secret, multiattach: '<is> True' } };
  const body = { volume_type: { ...specs, 'os-volume-type-access:is_public': false } };
  const made = await ask(url, `/v3/${canaryProject}/types`, { token: canaryAdmin, method: 'POST', body });
  return Object.values(made as Made)[0]!.id;
}

async function available(url: string, project: string, token: string, id: string): Promise<void> {
  const look = async () => {
    const { volume } = (await ask(url, `/v3/${project}/volumes/${id}`, { token })) as { volume: { status: string } };
    return volume.status === 'available';
  };
  await eventually(look, { timeoutMs: 30_000, what: `the volume ${id} to be available` });
}

const admin = fuzzTokens.admin;
const serviceName = examplePool.slice(0, examplePool.indexOf('#'));

/** Gives the project that asks no limits and some of everything; again, when much of it has been deleted. */
export async function stockProject(url: string, known: KnownObjects): Promise<void> {
  const path = (rest: string) => `/v3/${fuzzProject}/${rest}`;
  const make = async (rest: string, body: object, token = fuzzTokens.member) => {
    const made = (await ask(url, path(rest), { token, method: 'POST', body })) as Made;
    return Object.values(made)[0]!.id;
  };
  const limits = { volumes: -1, gigabytes: -1, snapshots: -1, per_volume_gigabytes: -1 };
  const quota = { quota_set: limits };
  await ask(url, path(`os-quota-sets/${fuzzProject}`), { token: admin, method: 'PUT', body: quota });
  const volumes = [];
  for (let count = 0; count < 8; count++) {
    volumes.push(await make('volumes', { volume: { size: 1, metadata: { k: 'v' } } }));
  }
  for (const id of volumes) await available(url, fuzzProject, fuzzTokens.member, id);
  known.add('volume', ...volumes);
  const [first, second, third, fourth, fifth, sixth] = volumes;
  const imageMetadata = { 'os-set_image_metadata': { metadata: { k: 'v' } } };
  await ask(url, path(`volumes/${first}/action`), { token: fuzzTokens.member, method: 'POST', body: imageMetadata });
  for (const volume_id of [first, sixth]) {
    known.add('snapshot', await make('snapshots', { snapshot: { volume_id, metadata: { k: 'v' } } }));
  }
  const connector = { host: 'node' };
  known.add('attachment', await make('attachments', { attachment: { volume_uuid: second, connector } }));
  known.add('attachment', await make('attachments', { attachment: { volume_uuid: fourth } }));
  known.add('attachment', await make('attachments', { attachment: { volume_uuid: fifth } }));
  known.add('transfer', await make('volume-transfers', { transfer: { volume_id: third } }));
  await stockTypes(make, known);
  known.add('qos', await make('qos-specs', { qos_specs: { name: randomUUID(), k: 'v' } }, admin));
  known.add('image', imageId);
  known.add('project', fuzzProject);
  known.add('projectUuid', randomUUID());
  known.add('host', examplePool, serviceName);
  known.add('service', serviceName);
  known.add('binary', 'cinder-volume');
  known.add('class', 'default', 'some');
  known.add('alias', 'os-services');
  known.add('key', 'k', 'k', 'provider', 'multiattach');
}

type Make = (rest: string, body: object, token?: string) => Promise<string>;

/** One for everybody, one that is not public, and one whose volumes are encrypted. */
async function stockTypes(make: Make, known: KnownObjects): Promise<void> {
  const plain = { name: randomUUID(), extra_specs: { k: 'v', multiattach: '<is> True' } };
  known.add('type', await make('types', { volume_type: plain }, admin));
  const hidden = { name: randomUUID(), extra_specs: { k: 'v' }, 'os-volume-type-access:is_public': false };
  known.add('type', await make('types', { volume_type: hidden }, admin));
  const encrypted = await make('types', { volume_type: { name: randomUUID(), extra_specs: { k: 'v' } } }, admin);
  const encryption = { provider: 'luks', control_location: 'front-end', key_size: 256 };
  await make(`types/${encrypted}/encryption`, { encryption }, admin);
  known.add('type', encrypted);
}
