// Brings a stack up: the servers that nobody names, then the apps, each as a process that survives us. What runs already and is
// as planned is left alone; what this call started is stopped again when the call fails or is interrupted.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePort, type Launched } from '@hearth/testing/servers';
import { findStackServers, startStackServers, type StackServers } from '../servers/stack-servers';
import { type AppPlan, hostPools, planApps, type StackPlan, wantedPorts } from './app-plan';
import { appsDirectory, type AppProcessOptions, findApp, startApp } from './app-process';
import { buildApps } from './build-apps';
import { writeClientConfig } from './client-config';
import { nbdDirectory } from './nbd-exports';
import { readRecord, type StackRecord, writeRecord } from './stack-record';
import { runningApps } from './take-down';
import { makeKeysDirectory } from './volume-keys';

export interface BringUpOptions {
  /** The checkout. */
  readonly root: string;
  readonly stateDir: string;
  /** Servers that run already. */
  readonly external?: { readonly natsUrl?: string; readonly databaseUrl?: string; readonly imageServiceUrl?: string };
  /** What the processes inherit. */
  readonly inherited: NodeJS.ProcessEnv;
  /** As remembered, else below the state. */
  readonly backendDirectory?: string;
  /** What attachments are told: the path of a file, or a URI of NBD. As remembered, else `local`. */
  readonly connection?: 'local' | 'nbd';
  /** As remembered, else 1. */
  readonly volumeManagers?: number;
  readonly imagesDirectory?: string;
  /** Further settings of backends and processes, see `StackPlan`. */
  readonly settings?: Pick<StackPlan, 'backendOptions' | 'driverOptions' | 'env' | 'envOf'>;
  /** False: NATS asks nobody who they are, for who looks at what passes between the apps. True unless told. */
  readonly natsUsers?: boolean;
  /** True: any free ports, for a stack beside others. */
  readonly anyPorts?: boolean;
  /** False: the apps end with us. True unless told. */
  readonly detached?: boolean;
  /** How long an app may take until it is ready, which with a long log is long; a minute unless told. */
  readonly readyTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

export interface BroughtUp {
  readonly record: StackRecord;
  readonly plans: readonly AppPlan[];
  /** True when every process ran already. */
  readonly ranAlready: boolean;
}

const host = '127.0.0.1';

/** Finds or starts the whole stack. Throws the reason, with the failing process's last words. */
export async function bringUp(options: BringUpOptions): Promise<BroughtUp> {
  const { root, stateDir, signal, log = () => undefined, detached = true } = options;
  const remembered = await readRecord(stateDir);
  await mkdir(stateDir, { recursive: true });
  const volumeManagers = options.volumeManagers ?? remembered?.volumeManagers ?? 1;
  const started: Launched[] = [];
  const { inherited, readyTimeoutMs } = options;
  const processes = { root, directory: appsDirectory(stateDir), inherited, detached, readyTimeoutMs };
  try {
    const [servers] = await Promise.all([
      bringUpServers({ ...options, volumeManagers }, remembered, started),
      buildApps(
        root,
        planNames(volumeManagers).map(({ app }) => app),
        log,
      ),
    ]);
    signal?.throwIfAborted();
    const { record, plans } = await settle({ ...options, volumeManagers }, servers, remembered);
    await writeRecord(stateDir, record);
    await writeClientConfig(stateDir, record);
    await stopUnplanned(stateDir, plans, log);
    await bringUpApps(plans, { processes, started, signal, log });
    return { record, plans, ranAlready: started.length === 0 };
  } catch (error) {
    if (started.length > 0) log('stopping what was started');
    for (const process of started.reverse()) await process.stop();
    throw error;
  }
}

async function bringUpServers(
  options: BringUpOptions & { readonly volumeManagers: number },
  remembered: StackRecord | undefined,
  started: Launched[],
): Promise<StackServers> {
  const { root, stateDir, external = {}, imagesDirectory, log, detached = true, anyPorts } = options;
  const hosts = (options.natsUsers ?? true) ? hostPools(options.volumeManagers) : undefined;
  const ports = remembered?.ports ?? {};
  const any = anyPorts ? -1 : undefined;
  const before = new Set((await findStackServers(stateDir)).map(({ pid }) => pid));
  const servers = await startStackServers({
    root,
    stateDir,
    external,
    hosts,
    imagesDirectory: imagesDirectory ?? remembered?.imagesDirectory,
    detached,
    log,
    ports: {
      nats: ports['nats'] ?? any,
      postgres: ports['postgres'] ?? any,
      imageService: ports['image-service'] ?? any,
    },
  });
  started.push(...servers.own.filter(({ pid }) => !before.has(pid)));
  return servers;
}

/** What the stack is from now on: the ports it had, where they are still to be had. */
async function settle(
  options: BringUpOptions & { readonly volumeManagers: number },
  servers: StackServers,
  remembered: StackRecord | undefined,
): Promise<{ record: StackRecord; plans: AppPlan[] }> {
  const { stateDir, volumeManagers } = options;
  const backendDirectory = options.backendDirectory ?? remembered?.backendDirectory ?? join(stateDir, 'backends');
  const connection = options.connection ?? remembered?.connection;
  const nbd = connection === 'nbd' && { connection, nbd: { runDirectory: nbdDirectory(stateDir) } };
  const ports = await choosePorts(options, remembered);
  const { natsUrl, natsAccounts, databaseUrl, databaseReaderUrl, imageServiceUrl, imagesDirectory } = servers;
  const keysDirectory = await makeKeysDirectory(stateDir, { ...options.inherited, ...options.settings?.env });
  const plans = planApps({
    ...options.settings,
    driverOptions: { ...nbd, ...options.settings?.driverOptions },
    ...{ host, natsUrl, natsAccounts, databaseUrl, imageServiceUrl, backendDirectory, volumeManagers, ports },
    ...{ scratchDirectory: join(stateDir, 'scratch'), keysDirectory },
  });
  await makeFolders(plans, backendDirectory);
  const ofServers = Object.fromEntries(servers.own.map(({ name, notes }) => [serverKey(name), Number(notes['port'])]));
  const record: StackRecord = {
    format: 1,
    ports: { ...remembered?.ports, ...ports, ...ofServers },
    ...{ volumeManagers, backendDirectory, connection, natsUrl, natsAccounts, databaseUrl, databaseReaderUrl },
    ...{ imageServiceUrl, imagesDirectory },
    apiUrl: `http://${host}:${ports['api']}`,
  };
  return { record, plans };
}

const serverKey = (processName: string): string => (processName === 'nats-server' ? 'nats' : processName);

/** The file driver makes its own directory, but not the parents. */
async function makeFolders(plans: readonly AppPlan[], backendDirectory: string): Promise<void> {
  await mkdir(backendDirectory, { recursive: true });
  const scratch = plans.flatMap(({ env }) => env['HEARTH_SCRATCH_DIRECTORY'] ?? []);
  for (const directory of scratch) await mkdir(directory, { recursive: true });
}

async function choosePorts(
  { stateDir, volumeManagers, anyPorts, log }: BringUpOptions & { readonly volumeManagers: number },
  remembered: StackRecord | undefined,
): Promise<Record<string, number>> {
  const running = new Set((await runningApps(stateDir)).map(({ name }) => name));
  const ports: Record<string, number> = {};
  for (const [what, wanted] of Object.entries(wantedPorts(volumeManagers))) {
    const known = remembered?.ports[what];
    if (known !== undefined && running.has(what)) {
      ports[what] = known;
      continue;
    }
    let port: number;
    do port = await choosePort({ host, port: known ?? (anyPorts ? -1 : wanted), what, log });
    while (Object.values(ports).includes(port));
    ports[what] = port;
  }
  return ports;
}

const planNames = (volumeManagers: number): { readonly app: AppPlan['app'] }[] =>
  planApps({
    ...{ host, natsUrl: '', databaseUrl: '', imageServiceUrl: '', backendDirectory: '', scratchDirectory: '' },
    volumeManagers,
    ports: wantedPorts(volumeManagers),
  });

/** Fewer volume-managers than before: the others would go on serving. */
async function stopUnplanned(stateDir: string, plans: readonly AppPlan[], log: (line: string) => void): Promise<void> {
  const planned = new Set(plans.map(({ name }) => name));
  for (const process of await runningApps(stateDir)) {
    if (planned.has(process.name)) continue;
    log(`${process.name}: no longer wanted, stopping process ${process.pid}`);
    await process.stop();
  }
}

interface AppStart {
  readonly processes: AppProcessOptions;
  readonly started: Launched[];
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

/** All at once: each waits for what it needs by itself. */
async function bringUpApps(plans: readonly AppPlan[], start: AppStart): Promise<void> {
  const { processes, signal } = start;
  const interrupted = () => void endStarts(plans, processes, start.started);
  signal?.addEventListener('abort', interrupted, { once: true });
  try {
    const results = await Promise.allSettled(plans.map((plan) => bringUpApp(plan, start)));
    signal?.throwIfAborted();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  } finally {
    signal?.removeEventListener('abort', interrupted);
  }
}

async function bringUpApp(plan: AppPlan, { processes, started, signal, log }: AppStart): Promise<void> {
  const found = await findApp(plan, processes);
  if (found?.isAsPlanned) return log(`${plan.name}: already running as process ${found.process.pid}`);
  if (found) {
    log(`${plan.name}: its settings or its code changed, starting it anew`);
    await found.process.stop();
  }
  signal?.throwIfAborted();
  const process = await startApp(plan, processes);
  started.push(process);
  log(`${plan.name}: started as process ${process.pid}, ${plan.url}`);
}

/** A start that is not ready yet is ended through its identity, so that an interruption need not wait for it. */
async function endStarts(
  plans: readonly AppPlan[],
  processes: AppProcessOptions,
  started: readonly Launched[],
): Promise<void> {
  for (const plan of plans) {
    const found = await findApp(plan, processes).catch(() => undefined);
    const isStarting = found && !found.process.notes.url && !started.some(({ pid }) => pid === found.process.pid);
    if (isStarting) await found.process.kill();
  }
}
