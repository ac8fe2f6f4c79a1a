// The whole system for one test file: throw-away servers, an image service, and the five apps as processes, each of which can be
// killed and started again.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { temporaryDirectory } from '@hearth/testing';
import {
  anyFreePort,
  throwAwayNats,
  type ThrowAwayNats,
  throwAwayPostgres,
  type ThrowAwayPostgres,
} from '@hearth/testing/servers';
import { VolumeApi } from '../../tools/dev-stack/src/demo/volume-api';
import { type Watch, watchStack } from '../../tools/dev-stack/src/demo/watch-stack';
import {
  appNames,
  type AppPlan,
  hostPools,
  planApps,
  processNames,
  type StackPlan,
} from '../../tools/dev-stack/src/stack/app-plan';
import { type RunningApp, startApp } from '../../tools/dev-stack/src/stack/app-process';
import { buildApps } from '../../tools/dev-stack/src/stack/build-apps';
import { makeAccounts } from '../../tools/nats-accounts/src/make-accounts';
import { makeStreams } from '../../tools/nats-accounts/src/operator';

export const root = join(__dirname, '../..');

/** One process of the stack under test. */
export interface TestApp {
  readonly name: string;
  readonly pid: number;
  readonly isRunning: boolean;
  /** Its page of readiness. */
  readonly healthUrl: string;
  /** As a crash would end it. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Starts it again with the same settings and waits until it is ready. */
  start(): Promise<void>;
}

export interface TestStackOptions extends Pick<StackPlan, 'backendOptions' | 'driverOptions' | 'env' | 'envOf'> {
  readonly imageServiceUrl: string;
  /** A folder of a file system of the test's own; below a temporary folder unless told. */
  readonly backendDirectory?: string;
  readonly volumeManagers?: number;
  /** `as shipped`: the limits of a new installation; lifted unless told. */
  readonly quota?: 'lifted' | 'as shipped';
}

export interface TestStack {
  readonly apps: readonly TestApp[];
  app(name: string): TestApp;
  readonly nats: ThrowAwayNats;
  readonly natsUrl: string;
  /** The folder of NATS's users; each app comes as its own. */
  readonly natsAccounts: string;
  readonly postgres: ThrowAwayPostgres;
  readonly databaseUrl: string;
  readonly apiUrl: string;
  /** A member of a project that nobody else uses. */
  readonly api: VolumeApi;
  readonly admin: VolumeApi;
  /** Everything since the stack is up. */
  readonly watch: Watch;
  readonly backendDirectory: string;
  stop(): Promise<void>;
}

/** What makes a test wait no longer than it has to. */
const impatient = {
  HEARTH_REPORT_INTERVAL_MS: '500',
  HEARTH_CHORES_INTERVAL_MS: '1000',
  HEARTH_GLANCE_STALL_TIMEOUT_MS: '2000',
  HEARTH_GLANCE_RETRIES_MAX: '1',
};

/** Only what a process needs to live: a test must not depend on who runs it. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Builds what is stale, starts everything, and resolves when every app says that it is ready. */
export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const directory = await temporaryDirectory('hearth-e2e-');
  const endings: (() => Promise<unknown>)[] = [() => directory.remove()];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const natsAccounts = join(directory.path, 'nats-accounts');
    const [nats, postgres] = await Promise.all([
      startGuardedNats(natsAccounts, options.volumeManagers ?? 1),
      throwAwayPostgres(),
      buildApps(root, appNames),
    ]);
    const natsUrl = nats.url;
    endings.push(
      () => nats.stop(),
      () => postgres.stop(),
    );
    const databaseUrl = await postgres.createDatabase('hearth');
    const backendDirectory = options.backendDirectory ?? join(directory.path, 'backends');
    const plans = await planTest(options, {
      ...{ natsUrl, natsAccounts, databaseUrl, backendDirectory },
      home: directory.path,
    });
    const apps = plans.map((plan) => new AppUnderTest(plan, join(directory.path, 'apps')));
    endings.push(() => Promise.all(apps.map((app) => app.kill())));
    await Promise.all(apps.map((app) => app.start()));
    if (options.quota !== 'as shipped') await liftQuota(databaseUrl);
    const watch = await watchStack({ natsUrl, natsAccounts });
    endings.push(() => watch.end());
    const apiUrl = plans.find(({ app }) => app === 'api')!.url;
    const projectId = `project-${randomUUID().slice(0, 8)}`;
    return {
      ...{ apps, nats, natsUrl, natsAccounts, postgres, databaseUrl, apiUrl, watch, backendDirectory, stop },
      app: (name) => named(apps, name),
      api: new VolumeApi(apiUrl, projectId, `${projectId}:alice:member`),
      admin: new VolumeApi(apiUrl, projectId, `${projectId}:root:admin`),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** NATS as the stack has it: a user for each app and host, none of whom may make the streams. */
async function startGuardedNats(natsAccounts: string, volumeManagers: number): Promise<ThrowAwayNats> {
  const installation = { hosts: hostPools(volumeManagers), subscribers: [], listeners: ['test'] };
  const { serverFile } = await makeAccounts({ directory: natsAccounts, ...installation });
  const nats = await throwAwayNats({ usersFile: serverFile });
  await makeStreams({ natsUrl: nats.url, natsAccounts }).catch(async (error: unknown) => {
    await nats.stop();
    throw error;
  });
  return nats;
}

async function planTest(
  { volumeManagers = 1, env, ...settings }: TestStackOptions,
  servers: { natsUrl: string; natsAccounts: string; databaseUrl: string; backendDirectory: string; home: string },
): Promise<AppPlan[]> {
  const ports: Record<string, number> = {};
  for (const name of processNames(volumeManagers)) ports[name] = await anyFreePort('127.0.0.1');
  const scratchDirectory = join(servers.home, 'scratch');
  const plans = planApps({
    ...{ host: '127.0.0.1', ...settings, ...servers, scratchDirectory, volumeManagers, ports },
    env: { ...impatient, ...env },
  });
  await mkdir(servers.backendDirectory, { recursive: true });
  for (const {
    env: { HEARTH_SCRATCH_DIRECTORY: scratch },
  } of plans) {
    if (scratch) await mkdir(scratch, { recursive: true });
  }
  return plans;
}

/** The quota is looked at elsewhere; here a project may have as many volumes as a test makes. */
async function liftQuota(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client
    .query(`update quota_classes set hard_limit = -1 where class_name = 'default'`)
    .finally(() => client.end());
}

function named(apps: readonly TestApp[], name: string): TestApp {
  const found = apps.find((app) => app.name === name) ?? apps.find((app) => app.name.startsWith(`${name}-`));
  if (!found) throw new Error(`there is no app ${name}; the apps are ${apps.map((app) => app.name).join(', ')}`);
  return found;
}

class AppUnderTest implements TestApp {
  private running: RunningApp | undefined;

  constructor(
    private readonly plan: AppPlan,
    private readonly directory: string,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  get healthUrl(): string {
    return this.plan.healthUrl;
  }

  get pid(): number {
    if (!this.running) throw new Error(`${this.name} does not run`);
    return this.running.pid;
  }

  get isRunning(): boolean {
    return this.running?.isRunning() ?? false;
  }

  async start(): Promise<void> {
    const { directory } = this;
    this.running = await startApp(this.plan, { root, directory, inherited: bareEnvironment(), detached: false });
  }

  async kill(): Promise<void> {
    await this.running?.kill();
    this.running = undefined;
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }
}
