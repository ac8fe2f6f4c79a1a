import { type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { withFilesystem } from '@hearth/testing/servers';
import { join } from 'node:path';
import { type Cloud, furnish, furnishCatalogue, type Inhabitant } from '../../real/cloud';
import { type Glance, startGlance } from '../../real/glance';
import { type Keystone, type KeystoneCredentials, startKeystone } from '../../real/keystone';
import { startTestStack, type TestStack } from '../stack';
import { StockClients } from './clients';
import { type ComputeFront, startComputeFront } from './compute-front';

/** A whole small cloud, its inhabitants, and the clients that they type into. */
export interface World {
  readonly keystone: Keystone;
  readonly cloud: Cloud;
  readonly glance: Glance;
  readonly stack: TestStack;
  readonly clients: StockClients;
  /** What commands may name in braces. */
  readonly names: Map<string, string>;
  /** The `openrc` of somebody. */
  environmentOf(who: Inhabitant): Record<string, string>;
  /** The text with what is in braces replaced. Throws for a name that nobody has noted. */
  spelled(text: string): string;
  /** A request to the volume API in the project of the members, by an administrator unless told. */
  ask(method: string, path: string, asked?: Asked): Promise<{ status: number; body: unknown }>;
  stop(): Promise<void>;
}

interface Asked {
  readonly body?: object;
  readonly as?: Inhabitant;
  /** A compute service speaks, beside the one it works for. */
  readonly byService?: boolean;
}

/** The servers of the cloud, to which volumes are attached. */
const servers = {
  vm: '7d2f0c1e-5a0b-4c53-9c0e-0f6f9f6a1c01',
  'other-vm': '7d2f0c1e-5a0b-4c53-9c0e-0f6f9f6a1c02',
};

/** Starts Keystone, Glance and Hearth, each with the next in its catalogue, and the clients. */
export async function startWorld(): Promise<World> {
  const directory = await temporaryDirectory('hearth-stock-client-');
  const endings: (() => Promise<unknown>)[] = [() => directory.remove()];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const keystone = await startKeystone({ directory: join(directory.path, 'keystone') });
    endings.push(() => keystone.stop());
    const cloud = await furnish(keystone);
    const { glance, stack, compute } = await startServices({ directory, keystone, cloud, endings });
    const urls = { image: glance.url, blockStorage: stack.apiUrl, compute: compute.url };
    await furnishCatalogue(keystone, urls);
    const clients = await StockClients.start(directory.path);
    endings.push(() => clients.stop());
    return new RunningWorld({ keystone, cloud, glance, stack, clients }, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ServicesToStart {
  readonly directory: TemporaryDirectory;
  readonly keystone: Keystone;
  readonly cloud: Cloud;
  readonly endings: (() => Promise<unknown>)[];
}

async function startServices({ directory, keystone, cloud, endings }: ServicesToStart) {
  const glance = await startGlance({
    directory: join(directory.path, 'glance'),
    access: { authUrl: keystone.authUrl, serviceUser: cloud.users.glance },
    operator: cloud.users.admin,
  });
  endings.push(() => glance.stop());
  const compute: ComputeFront = await startComputeFront(servers);
  endings.push(() => compute.stop());
  // With reflink, snapshots are taken of volumes in use, and these can grow.
  const filesystem = await withFilesystem('xfs', { sizeMib: 16 * 1024 });
  endings.push(() => filesystem.stop());
  const { applicationCredentialId, applicationCredentialSecret } = cloud.blockStorage;
  const stack = await startTestStack({
    imageServiceUrl: glance.url,
    backendDirectory: filesystem.directory,
    backendOptions: { cinder_internal_tenant_project_id: cloud.projects['cinder-internal'].id },
    env: {
      HEARTH_KEYSTONE_URL: keystone.authUrl,
      HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_ID: applicationCredentialId,
      HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: applicationCredentialSecret,
    },
    envOf: {
      api: { HEARTH_AUTH_MODE: 'keystone' },
      // All hosts have reported long before somebody asks for what no pool has.
      scheduler: { HEARTH_PLACEMENT_PATIENCE_MS: '1000' },
    },
  });
  endings.push(() => stack.stop());
  return { glance, stack, compute };
}

type Parts = Pick<World, 'keystone' | 'cloud' | 'glance' | 'stack' | 'clients'>;

class RunningWorld implements World {
  readonly keystone: Keystone;
  readonly cloud: Cloud;
  readonly glance: Glance;
  readonly stack: TestStack;
  readonly clients: StockClients;
  readonly names = new Map<string, string>();
  private readonly tokens = new Map<Inhabitant, Promise<string>>();

  constructor(
    parts: Parts,
    readonly stop: () => Promise<void>,
  ) {
    ({ keystone: this.keystone, cloud: this.cloud, glance: this.glance } = parts);
    ({ stack: this.stack, clients: this.clients } = parts);
    for (const [name, { id }] of Object.entries(this.cloud.projects)) this.names.set(`project ${name}`, id);
    this.names.set('server', servers.vm);
  }

  environmentOf(who: Inhabitant): Record<string, string> {
    return this.keystone.openrc(this.credentialsOf(who));
  }

  spelled(text: string): string {
    return text.replace(/\{([^}]+)\}/g, (_, name: string) => {
      const value = this.names.get(name);
      if (value === undefined) throw new Error(`nothing was noted as {${name}} yet, which is used in: ${text}`);
      return value;
    });
  }

  async ask(method: string, path: string, { body, as = 'admin', byService = false }: Asked = {}) {
    const headers: Record<string, string> = {
      'x-auth-token': await this.tokenOf(as),
      'openstack-api-version': 'volume 3.70',
      'content-type': 'application/json',
      ...(byService && { 'x-service-token': await this.tokenOf('nova') }),
    };
    const url = `${this.stack.apiUrl}/v3/${this.cloud.projects.demo.id}${this.spelled(path)}`;
    const sent = body && { body: JSON.stringify(body) };
    const response = await fetch(url, { method, headers, ...sent, signal: AbortSignal.timeout(30_000) });
    const answer = await response.text();
    return { status: response.status, body: answer === '' ? undefined : (JSON.parse(answer) as unknown) };
  }

  private credentialsOf(who: Inhabitant): KeystoneCredentials {
    return this.cloud.users[who];
  }

  private tokenOf(who: Inhabitant): Promise<string> {
    const known = this.tokens.get(who) ?? this.keystone.issueToken(this.credentialsOf(who)).then(({ token }) => token);
    this.tokens.set(who, known);
    return known;
  }
}

/** How long what was begun may take to end, in milliseconds. */
const timeoutMs = 30_000;

/** Afterwards: what the path shows comes to match. An `error` status that nobody waits for ends the wait. */
export const becomes =
  (path: string, wanted: object) =>
  async (world: World): Promise<void> => {
    const { body } = await lastLook(
      world,
      world.spelled(path),
      ({ body: shown }) => matches(shown, wanted) || hasFailed(shown),
    );
    expect(body).toMatchObject(wanted);
  };

/** Afterwards: what the path shows is gone. */
export const isGone =
  (path: string) =>
  async (world: World): Promise<void> => {
    const { status } = await lastLook(
      world,
      world.spelled(path),
      (shown) => shown.status === 404 || hasFailed(shown.body),
    );
    expect(status).toBe(404);
  };

type Look = Awaited<ReturnType<World['ask']>>;

/** What the path shows once it is enough, or when time is up. */
async function lastLook(world: World, path: string, isEnough: (look: Look) => boolean): Promise<Look> {
  let last: Look | undefined;
  const look = async () => {
    last = await world.ask('GET', path);
    return isEnough(last) ? last : undefined;
  };
  return eventually(look, { timeoutMs, intervalMs: 100, what: path }).catch((error: unknown) => {
    if (last) return last;
    throw error;
  });
}

function matches(shown: unknown, wanted: object): boolean {
  try {
    expect(shown).toMatchObject(wanted);
    return true;
  } catch {
    return false;
  }
}

/** Whether the one thing that is shown has come to an error, from which nothing leads on by itself. */
function hasFailed(shown: unknown): boolean {
  const [thing] = Object.values((shown ?? {}) as Record<string, { status?: unknown } | null>);
  return typeof thing?.status === 'string' && thing.status.startsWith('error');
}

/** Afterwards: the image of this name comes to match, in the image service. */
export const imageBecomes =
  (name: string, wanted: object) =>
  async ({ glance, keystone, cloud }: World): Promise<void> => {
    const { token } = await keystone.issueToken(cloud.users.admin);
    let image: unknown;
    const look = async () => {
      const url = `${glance.url}/v2/images?name=${encodeURIComponent(name)}`;
      const response = await fetch(url, { headers: { 'x-auth-token': token } });
      [image] = ((await response.json()) as { images: unknown[] }).images;
      return matches(image, wanted) || undefined;
    };
    await eventually(look, { timeoutMs, intervalMs: 200, what: `image ${name}` }).catch(() => undefined);
    expect(image).toMatchObject(wanted);
  };
