import type { ImageIdentity, PoolReport } from '@hearth/contracts';
import {
  type Candidate,
  possibleContentKeys,
  type ImageCache,
  type Placement,
  type Service,
  servingEntry,
} from '@hearth/domain';
import type { LiveHosts } from '@hearth/event-sourcing';
import { type PoolRef, parsePoolRef, poolParts } from '@hearth/kernel';

type Rejected = Placement['rejected'];

/** Everything the choice of a pool rests on. */
export interface PlacementFacts {
  readonly hosts: LiveHosts;
  /** Backends by `host@backend`, as the log knows them. */
  readonly services: Iterable<readonly [string, Service]>;
  readonly cacheOf: (pool: PoolRef) => ImageCache | undefined;
  readonly promisedGib: (pool: PoolRef) => number;
}

export interface Candidates {
  /** Pools that report and whose backend is enabled. */
  readonly pools: readonly Candidate[];
  /** Pools that are out of the question whatever is asked for, each with the reason. */
  readonly excluded: Rejected;
  /** Of those, the ones that may come back by themselves at any moment. */
  readonly silentCount: number;
  /** Backends that report but could not be opened: one clause each. */
  readonly down: readonly string[];
}

/** The pools that may take a volume of the image (null: a blank one), and those that may not. */
export function candidatesFor(image: ImageIdentity | null, facts: PlacementFacts): Candidates {
  const services = new Map(facts.services);
  const pools: Candidate[] = [];
  const excluded: Rejected[number][] = [];
  const live = new Set<string>();
  for (const report of reportsOf(facts.hosts)) {
    live.add(report.pool);
    const service = services.get(serviceOf(report.pool));
    if (service && !service.enabled) {
      excluded.push({
        pool: report.pool,
        reason: `its backend is disabled: ${service.disabledReason ?? 'no reason given'}`,
      });
    } else {
      pools.push({
        ...lessPromised(report, facts.promisedGib(report.pool)),
        image: imageIn(facts.cacheOf(report.pool), image),
      });
    }
  }
  const silent = silentPools(services, live);
  for (const pool of silent)
    excluded.push({ pool, reason: 'does not report: its host is away, or its backend is down' });
  return { pools, excluded, silentCount: silent.length, down: downOf(facts.hosts) };
}

function* reportsOf(hosts: LiveHosts): Iterable<PoolReport> {
  for (const { pools } of hosts.values()) yield* pools;
}

/** `host@backend`, the name of the backend's stream of facts. */
function serviceOf(pool: PoolRef): string {
  const { host, backend } = poolParts(pool);
  return `${host}@${backend}`;
}

/** What was promised since the report is as good as gone. */
function lessPromised(report: PoolReport, promisedGib: number): PoolReport {
  if (promisedGib === 0) return report;
  const provisionedGib = report.provisionedGib + promisedGib;
  return report.thin
    ? { ...report, provisionedGib }
    : { ...report, provisionedGib, freeGib: report.freeGib - promisedGib };
}

/** A host's own settings say which of the keys its caches use; they cannot be taken for each other. */
function imageIn(cache: ImageCache | undefined, image: ImageIdentity | null): Candidate['image'] {
  if (!cache || !image) return 'absent';
  for (const key of possibleContentKeys(image)) {
    const status = servingEntry(cache, key)?.status;
    if (status === 'ready' || status === 'filling') return status;
  }
  return 'absent';
}

/** Pools of enabled backends that once were there and do not report now. */
function silentPools(services: ReadonlyMap<string, Service>, live: ReadonlySet<string>): PoolRef[] {
  return [...services.values()]
    .filter(({ enabled }) => enabled)
    .flatMap(({ pools }) => pools)
    .filter((pool): pool is PoolRef => !live.has(pool) && parsePoolRef(pool) !== undefined);
}

function downOf(hosts: LiveHosts): string[] {
  return [...hosts.values()].flatMap(({ host, down }) =>
    down.map(({ backend, reason }) => `${host}@${backend} is down: ${reason}`),
  );
}
