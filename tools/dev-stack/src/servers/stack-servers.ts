// The three servers that Hearth's apps need, each started only when the configuration names none that runs already. Their
// state lies below one directory, so that a second run finds the data, and the servers themselves if they still run.
import { join } from 'node:path';
import {
  findRunningNats,
  findRunningPostgres,
  type Launched,
  removePostgresData,
  startNats,
  startPostgres,
} from '@hearth/testing/servers';
import { makeAccounts } from '../../../nats-accounts/src/make-accounts';
import { makeStreams } from '../../../nats-accounts/src/operator';
import type { HostPools } from '../../../nats-accounts/src/users';
import { makeDatabaseUsers } from './database-users';
import { findRunningImageService, startImageServiceProcess } from './image-service.process';

/** What to start, and what runs already. */
export interface StackServersOptions {
  /** Everything is kept below it. */
  readonly stateDir: string;
  /** The checkout. */
  readonly root: string;
  /** Servers that run already; these are used and never started or stopped. */
  readonly external?: { readonly natsUrl?: string; readonly databaseUrl?: string; readonly imageServiceUrl?: string };
  /** Wanted ports; -1: any free one. One that is taken is avoided, with a line in the log. */
  readonly ports?: { readonly nats?: number; readonly postgres?: number; readonly imageService?: number };
  /** The files the image service serves; `images` below the state unless told. */
  readonly imagesDirectory?: string;
  /** Who runs volume-managers: NATS then has a user for each of them and for each app. Left out: NATS asks nobody who they are. */
  readonly hosts?: readonly HostPools[];
  /** True: the servers survive us. */
  readonly detached?: boolean;
  readonly log?: (line: string) => void;
}

/** Where the three servers are. */
export interface StackServers {
  readonly natsUrl: string;
  /** The folder of NATS's users; undefined when NATS is somebody else's, or asks nobody. */
  readonly natsAccounts: string | undefined;
  /** As the api. */
  readonly databaseUrl: string;
  /** As who may only read; undefined when PostgreSQL is somebody else's. */
  readonly databaseReaderUrl: string | undefined;
  readonly imageServiceUrl: string;
  /** Undefined when the image service is somebody else's. */
  readonly imagesDirectory: string | undefined;
  /** Those that are ours, started now or found running. */
  readonly own: readonly Launched[];
  /** Stops our own, the image service first and NATS last. */
  stop(): Promise<void>;
}

const noOutsiders = { subscribers: [], listeners: [] };

interface Placed {
  readonly url: string;
  readonly process?: Launched;
  readonly startedNow?: boolean;
}

/** Finds or starts the three servers. When one cannot be started, those that were started in this call are stopped again. */
export async function startStackServers(options: StackServersOptions): Promise<StackServers> {
  const { stateDir, root, external = {}, ports = {}, detached = false, log = () => undefined } = options;
  const home = homes(stateDir);
  const imagesDirectory = options.imagesDirectory ?? join(stateDir, 'images');
  const common = { detached, log };
  const natsAccounts = options.hosts && !external.natsUrl ? home.natsAccounts : undefined;
  const accounts =
    natsAccounts && (await makeAccounts({ ...noOutsiders, directory: natsAccounts, hosts: options.hosts! }));
  const results = await Promise.allSettled([
    place('NATS', external.natsUrl, log, {
      find: async () => {
        const running = await findRunningNats(home.nats);
        if (running && accounts && accounts.changed) process.kill(running.pid, 'SIGHUP');
        return running;
      },
      start: () =>
        startNats({
          ...{ ...common, dataDir: home.nats, port: ports.nats ?? 4222, cacheDir: home.cache },
          usersFile: accounts ? accounts.serverFile : undefined,
        }),
    }),
    place('PostgreSQL', external.databaseUrl, log, {
      find: () => findRunningPostgres(home.postgres),
      start: () => startPostgres({ ...common, dataDir: home.postgres, port: ports.postgres ?? 5432 }),
    }),
    place('image service', external.imageServiceUrl, log, {
      find: () => findRunningImageService(home.imageService),
      start: () =>
        startImageServiceProcess({
          ...common,
          root,
          dataDir: home.imageService,
          imagesDirectory,
          port: ports.imageService ?? 9292,
        }),
    }),
  ]);
  const placed = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    for (const { startedNow, process } of placed) if (startedNow) await process?.stop();
    throw failed.reason;
  }
  const [nats, postgres, imageService] = placed as [Placed, Placed, Placed];
  if (natsAccounts) await makeStreams({ natsUrl: nats.url, natsAccounts });
  const database = postgres.process && (await makeDatabaseUsers(postgres.url, home.postgresUsers));
  return {
    natsUrl: nats.url,
    natsAccounts,
    databaseUrl: database ? database.api : postgres.url,
    databaseReaderUrl: database?.reader,
    imageServiceUrl: imageService.url,
    imagesDirectory: imageService.process && String(imageService.process.notes.imagesDirectory),
    own: placed.flatMap(({ process }) => process ?? []),
    stop: async () => {
      for (const { process } of [imageService, postgres, nats]) await process?.stop();
    },
  };
}

/** Those of the servers below this directory that run, for `status` and `down`. */
export async function findStackServers(stateDir: string): Promise<Launched[]> {
  const home = homes(stateDir);
  const found = await Promise.all([
    findRunningImageService(home.imageService),
    findRunningPostgres(home.postgres),
    findRunningNats(home.nats),
  ]);
  return found.flatMap((server) => server ?? []);
}

/** Removes what lies outside the state directory because of it; the servers must be stopped. Call it before the directory is removed. */
export async function removeStackData(stateDir: string): Promise<void> {
  await removePostgresData(homes(stateDir).postgres);
}

const homes = (stateDir: string) => ({
  nats: join(stateDir, 'nats'),
  natsAccounts: join(stateDir, 'nats-accounts'),
  postgres: join(stateDir, 'postgres'),
  postgresUsers: join(stateDir, 'postgres-users.json'),
  imageService: join(stateDir, 'image-service'),
  cache: join(stateDir, 'cache'),
});

interface Ways {
  find(): Promise<(Launched & { url: string }) | undefined>;
  start(): Promise<Launched & { url: string }>;
}

async function place(
  what: string,
  externalUrl: string | undefined,
  log: (line: string) => void,
  { find, start }: Ways,
): Promise<Placed> {
  if (externalUrl) {
    log(`${what}: using the one the configuration names`);
    return { url: externalUrl };
  }
  const found = await find();
  if (found) {
    log(`${what}: already running as process ${found.pid}`);
    return { url: found.url, process: found };
  }
  const started = await start();
  log(`${what}: started as process ${started.pid}, log ${started.logFile}`);
  return { url: started.url, process: started, startedNow: true };
}
