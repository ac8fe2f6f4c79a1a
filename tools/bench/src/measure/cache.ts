// What a large cache with a long past costs: hits, plans, lists, looks back, a start; and a crowd before a cold image.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, ensureStreams, JetStreamEventStore, JetStreamSnapshotStore } from '@hearth/event-store-nats';
import type { PoolRef } from '@hearth/kernel';
import { migrate } from '@hearth/read-model';
import { envAtRest, envOfAtRest } from '../../../day-of-load/src/at-rest';
import { asRecorded } from '../../../day-of-load/src/play/as-recorded';
import { projectLog } from '../../../day-of-load/src/play/project-log';
import { gibToHold, placeImage, type PlacedImage } from '../../../dev-stack/src/demo/place-image';
import { startStackServers, type StackServers } from '../../../dev-stack/src/servers/stack-servers';
import { hostPools } from '../../../dev-stack/src/stack/app-plan';
import { type BenchStack, root, startBenchStack } from '../bench-stack';
import { readInherited } from '../config';
import { type Figure, figureTable, median } from '../figures';
import { coldBurstFigures } from './cache/cold-burst';
import { type CountingProxy, startCountingProxy } from './cache/counting-proxy';
import { leaveSnapshot, writeHistory, type WrittenHistory } from './cache/history';
import { planFigures } from './cache/plans';
import { readFigures } from './cache/reads';
import { catchUpFigures, startUpFigures } from './cache/start-up';
import { untilQuiet } from './cpu-time';
import { timedCreate } from './timed-create';
import { untilZonesAreKnown } from './zones';

export interface CacheOptions {
  /** Holds the volumes. */
  readonly directory: string;
  /** A disk of 1 GiB. */
  makeImage(directory: string): Promise<string>;
  readonly entries: number;
  readonly decisions: number;
  readonly hits: number;
  readonly requests: number;
  readonly creates: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** The first has the long past, the second ten entries. */
const hosts = hostPools(2);
const [large, small] = hosts.map(({ pools }) => pools[0]!) as [PoolRef, PoolRef];
const fewEntries = 10;
const zoneOf = (pool: PoolRef) => `zone-of-${pool.split('@')[0]}`;
/** Apps that see the past for the first time fold all of it. */
const readyTimeoutMs = 900_000;
/** What they and the tables make of all of it takes minutes, on a machine that is busy many. */
const pastTimeoutMs = 3_600_000;

/** On a stack of its own whose log has a past before its apps start. */
export async function measureCache(options: CacheOptions): Promise<Figure[]> {
  const { directory, signal, log } = options;
  const stateDir = await mkdtemp(join(tmpdir(), 'hearth-bench-cache-'));
  const endings: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  const figures: Figure[] = [];
  try {
    const servers = await startStackServers({
      ...{ root, stateDir, log, detached: true },
      ports: { nats: -1, postgres: -1, imageService: -1 },
    });
    // Once the apps run it is the stack that ends the servers.
    const stopServers = () => servers.stop();
    endings.push(stopServers);
    const history = await writePast(servers, options, figures);
    const proxy = await startCountingProxy(servers.imageServiceUrl);
    endings.push(() => proxy.stop());
    const backendDirectory = join(directory, 'volumes-of-the-cache');
    const settings = { env: envAtRest, envOf: settingsOfHosts(options, backendDirectory, proxy) };
    const stack = await startBenchStack({
      ...{ stateDir, backendDirectory, signal, log, inherited: readInherited() },
      planned: { volumeManagers: hosts.length, settings, readyTimeoutMs },
    });
    endings.splice(endings.indexOf(stopServers), 1);
    endings.push(() => stack.end());
    const file = await options.makeImage(join(stateDir, 'made'));
    await measureOn(stack, { ...options, history, proxy, backendDirectory, file, settings }, figures);
    return figures;
  } catch (error) {
    if (figures.length > 0) log(`what was measured before it failed:\n${figureTable(figures)}`);
    throw error;
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function writePast(
  { natsUrl, databaseUrl }: StackServers,
  { entries, decisions, log }: CacheOptions,
  figures: Figure[],
): Promise<WrittenHistory> {
  const connection = await connectNats({ servers: [natsUrl], name: 'hearth-bench' });
  try {
    await ensureStreams(connection);
    const store = await JetStreamEventStore.open(connection);
    log(`a log of ${decisions} decisions`);
    const history = await writeHistory(store, { pool: large, decisions, entries });
    await writeHistory(store, { pool: small, decisions: fewEntries * 20, entries: fewEntries });
    log(`${history.commits} commits; plans of evictions`);
    figures.push(...planFigures(history.state));
    log('the fold and the rows of it');
    const foldMs = await leaveSnapshot(store, new JetStreamSnapshotStore(connection, log), large);
    const database = { url: databaseUrl, applicationName: 'hearth-bench' };
    await migrate(database);
    await projectLog(asRecorded(store), database, { timeoutMs: pastTimeoutMs, log });
    const note = `${decisions} decisions in ${history.commits} commits`;
    figures.push({ name: 'fold of the whole log, without a snapshot', value: foldMs, unit: 'ms', note });
    return history;
  } finally {
    await connection.close();
  }
}

interface OnStack extends CacheOptions {
  readonly history: WrittenHistory;
  readonly proxy: CountingProxy;
  readonly backendDirectory: string;
  readonly file: string;
  readonly settings: Parameters<BenchStack['change']>[0];
}

async function measureOn(stack: BenchStack, options: OnStack, figures: Figure[]): Promise<void> {
  const { history, file, entries, decisions, hits, requests, signal, log } = options;
  const { imagesDirectory = '', imageServiceUrl } = stack.record;
  const place = () => placeImage({ file, imagesDirectory, imageServiceUrl });
  const note = `${entries} entries, ${decisions} decisions`;
  log('the apps come to the end of the log');
  await untilQuiet(stack, pastTimeoutMs);
  figures.push(...(await catchUpFigures(stack, note)));
  log('the start of a host');
  const restart = () => stack.change(options.settings ?? {});
  const app = `volume-manager-${hosts[0]!.host}`;
  figures.push(...(await startUpFigures(stack, { app, restart, note: `${note}, from its snapshot` })));
  signal.throwIfAborted();
  log('lists and looks back');
  const { firstMs, lastMs } = history;
  figures.push(...(await readFigures({ apiUrl: stack.record.apiUrl, pool: large, firstMs, lastMs, requests, note })));
  signal.throwIfAborted();
  await untilZonesAreKnown(stack, [large, small].map(zoneOf));
  log('hits in a large cache and in a small one');
  figures.push(...(await hitFigures(stack, await place(), { hits, note })));
  signal.throwIfAborted();
  log(`${options.creates} creates of a cold image at once`);
  const image = await place();
  const burst = { ...options, image, count: options.creates, availabilityZone: zoneOf(large) };
  figures.push(...(await coldBurstFigures(stack, { ...burst, scratchParent: stack.stateDir })));
}

/** In turns, so that what disturbs one disturbs the other. */
async function hitFigures(
  stack: BenchStack,
  image: PlacedImage,
  { hits, note }: { readonly hits: number; readonly note: string },
): Promise<Figure[]> {
  const create = (pool: PoolRef) =>
    timedCreate(stack, { imageRef: image.id, sizeGib: gibToHold(image), availabilityZone: zoneOf(pool) });
  const pools = [large, small];
  for (const pool of pools) for (let round = 0; round < 3; round++) await create(pool);
  const times = new Map(pools.map((pool) => [pool, [] as number[]]));
  for (let round = 0; round < hits; round++) {
    for (const pool of round % 2 ? pools : [...pools].reverse()) {
      const { availableMs, decision } = await create(pool);
      if (decision.outcome !== 'hit') throw new Error(`a hit was measured that was a ${decision.outcome}`);
      times.get(pool)!.push(availableMs);
    }
  }
  const [largeMs, smallMs] = pools.map((pool) => median(times.get(pool)!)) as [number, number];
  const each = `${hits} hits each, in turns`;
  return [
    { name: 'hit in the large cache, p50', value: largeMs, unit: 'ms', note },
    { name: 'hit in the small cache, p50', value: smallMs, unit: 'ms', note: `${fewEntries} entries` },
    { name: 'hit, large / small cache', value: largeMs / smallMs, unit: 'x', goal: { atMost: 1.2 }, note: each },
  ];
}

/** A zone for each host, so that a create names the one it goes to; passes that would miss what was only played are at rest. */
function settingsOfHosts({ entries, creates }: CacheOptions, backendDirectory: string, proxy: CountingProxy) {
  const requestsMax = String(2 * creates);
  const settings: Record<string, Record<string, string>> = {
    ...envOfAtRest,
    api: { HEARTH_REQUESTS_IN_FLIGHT_MAX: requestsMax, HEARTH_REQUESTS_IN_FLIGHT_PER_PROJECT_MAX: requestsMax },
  };
  for (const { host, pools } of hosts) {
    const backend = {
      ...{ name: 'file', driver: 'file', options: { directory: join(backendDirectory, host) } },
      availability_zone: zoneOf(pools[0]!),
      image_volume_cache_enabled: true,
      image_volume_cache_max_count: host === hosts[0]!.host ? entries : fewEntries,
      cinder_internal_tenant_project_id: 'hearth-internal',
      cinder_internal_tenant_user_id: 'hearth-internal',
    };
    settings[`volume-manager-${host}`] = { HEARTH_BACKENDS: JSON.stringify([backend]), HEARTH_GLANCE_URL: proxy.url };
  }
  return settings;
}
