// Which processes a stack consists of, and what each is told. Pure: starting them is start-apps.ts.
import { createHash } from 'node:crypto';
import { poolRef } from '@hearth/kernel';
import { join } from 'node:path';
import { seedFileOf } from '../../../nats-accounts/src/make-accounts';
import type { HostPools } from '../../../nats-accounts/src/users';

export const appNames = ['notifier', 'scheduler', 'cache-janitor', 'volume-manager', 'api'] as const;
export type AppName = (typeof appNames)[number];

/** One process of a stack. */
export interface AppPlan {
  /** The process's name: the app's, and for volume-managers their host's too. */
  readonly name: string;
  readonly app: AppName;
  /** What is set beyond the inherited environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 when the process is ready. */
  readonly healthUrl: string;
  /** Where it is reached: the API, or the pages of a worker. */
  readonly url: string;
}

/** What a stack's processes have in common. */
export interface StackPlan {
  readonly host: string;
  readonly natsUrl: string;
  /** The folder of NATS's users: each process comes as its own. Left out: as whoever the environment says. */
  readonly natsAccounts?: string;
  readonly databaseUrl: string;
  readonly imageServiceUrl: string;
  /** Each volume-manager has a folder of its host's name below it. */
  readonly backendDirectory: string;
  /** Images whose layout has to be read twice are kept here for a moment. */
  readonly scratchDirectory: string;
  /** The keys of encrypted volumes, as files: for development. Left out: where the environment says, or nowhere. */
  readonly keysDirectory?: string | undefined;
  readonly volumeManagers: number;
  /** By process name, see `processNames`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Cinder's options of every backend beside its name, driver and directory. */
  readonly backendOptions?: Readonly<Record<string, unknown>>;
  /** Options of the `file` driver beside the directory. */
  readonly driverOptions?: Readonly<Record<string, unknown>>;
  /** Settings beyond these: for every process, and by app or process name. */
  readonly env?: Readonly<Record<string, string>>;
  readonly envOf?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** `store-01`, `store-02`, …: the hosts of a stack on one machine. */
export const hostName = (ordinal: number): string => `store-${String(ordinal).padStart(2, '0')}`;

const hostsOf = (volumeManagers: number): string[] =>
  Array.from({ length: volumeManagers }, (_, index) => hostName(index + 1));

/** The hosts of a stack and their pools: what its volume-managers write facts about. */
export function hostPools(volumeManagers: number): HostPools[] {
  return hostsOf(volumeManagers).map((host) => ({
    host,
    pools: [poolRef({ host, backend: 'file', pool: 'default' })],
  }));
}

/** Every process of a stack, in the order in which they start: who serves before who asks. */
export function processNames(volumeManagers: number): string[] {
  return appNames.flatMap((app) =>
    app === 'volume-manager' ? hostsOf(volumeManagers).map((host) => `${app}-${host}`) : app,
  );
}

/** The ports that people type; the others follow. */
export function wantedPorts(volumeManagers: number): Record<string, number> {
  const workers = processNames(volumeManagers).filter((name) => name !== 'api');
  return { api: 8776, ...Object.fromEntries(workers.map((name, index) => [name, 8701 + index])) };
}

export function planApps(plan: StackPlan): AppPlan[] {
  return appNames.flatMap((app) => {
    if (app === 'volume-manager') return hostsOf(plan.volumeManagers).map((host) => volumeManager(plan, host));
    if (app === 'api') return api(plan);
    return worker(plan, app, app, app === 'cache-janitor' ? { HEARTH_GLANCE_URL: plan.imageServiceUrl } : {});
  });
}

/** Changes whenever a process has to be started anew to be what is planned. */
export function planDigest({ app, env }: AppPlan, bundleVersion: string): string {
  const sorted = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([app, sorted, bundleVersion]))
    .digest('hex')
    .slice(0, 16);
}

function api(plan: StackPlan): AppPlan {
  const { host } = plan;
  const port = portOf(plan, 'api');
  const url = `http://${host}:${port}`;
  const env = {
    HEARTH_DATABASE_URL: plan.databaseUrl,
    HEARTH_GLANCE_URL: plan.imageServiceUrl,
    HEARTH_AUTH_MODE: 'development',
    ...volumeKeys(plan),
    HEARTH_API_HOST: host,
    HEARTH_API_PORT: String(port),
    // The api answers for its health beside the API itself.
    HEARTH_HEALTH_PORT: '0',
  };
  return { name: 'api', app: 'api', env: settings(plan, 'api', 'api', env), healthUrl: `${url}/health/ready`, url };
}

function volumeManager(plan: StackPlan, host: string): AppPlan {
  const backend = {
    name: 'file',
    driver: 'file',
    options: { directory: join(plan.backendDirectory, host), ...plan.driverOptions },
    image_volume_cache_enabled: true,
    cinder_internal_tenant_project_id: 'hearth-internal',
    cinder_internal_tenant_user_id: 'hearth-internal',
    ...plan.backendOptions,
  };
  return worker(plan, 'volume-manager', `volume-manager-${host}`, {
    HEARTH_HOST: host,
    HEARTH_BACKENDS: JSON.stringify([backend]),
    HEARTH_GLANCE_URL: plan.imageServiceUrl,
    HEARTH_SCRATCH_DIRECTORY: join(plan.scratchDirectory, host),
    ...volumeKeys(plan),
  });
}

function volumeKeys({ keysDirectory }: StackPlan): Readonly<Record<string, string>> {
  return keysDirectory === undefined ? {} : { HEARTH_VOLUME_KEYS_DIRECTORY: keysDirectory };
}

function worker(plan: StackPlan, app: AppName, name: string, own: Readonly<Record<string, string>>): AppPlan {
  const { host } = plan;
  const port = portOf(plan, name);
  const url = `http://${host}:${port}`;
  const env = { ...own, HEARTH_HEALTH_HOST: host, HEARTH_HEALTH_PORT: String(port) };
  return { name, app, env: settings(plan, app, name, env), healthUrl: `${url}/health/ready`, url };
}

function settings(plan: StackPlan, app: AppName, name: string, own: Readonly<Record<string, string>>) {
  const seed = plan.natsAccounts && { HEARTH_NATS_NKEY_SEED_FILE: seedFileOf(plan.natsAccounts, name) };
  return { HEARTH_NATS_URL: plan.natsUrl, ...seed, ...own, ...plan.env, ...plan.envOf?.[app], ...plan.envOf?.[name] };
}

function portOf({ ports }: StackPlan, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port was chosen for ${name}`);
  return port;
}
