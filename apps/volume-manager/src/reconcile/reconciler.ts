import { findingsToldMax, type ReconcileAnswer, type ReconcileReport, reconcileRequestSchema } from '@hearth/contracts';
import { type CacheEntry, countedAtOnceMax, entryOf } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { type PoolRef, instantMs } from '@hearth/kernel';
import type { Host } from '../host/host';
import { countOrphan } from '../host/metrics';
import { type Pool, limitsOf, objectOf } from '../pools/pool';
import { inTurnOf } from '../volumes/turns';
import { compare, type Differences, type Orphan } from './compare';
import { entriesByVolume, ownerOf } from './known-objects';

type Told<Kind extends 'orphans' | 'ghosts'> = ReconcileReport[Kind][number];

/** What earlier looks at a pool have found, in milliseconds of the wall clock. */
interface Seen {
  readonly orphans: Map<string, number>;
  readonly ghosts: Map<number, number>;
  foreign: ReadonlySet<string>;
}

export interface ReconcilerOptions {
  /**
   * An object that nobody owns goes at a look that comes so much later than the one that found it, in milliseconds: whatever was at work
   * on it has ended by then.
   */
  readonly graceMs: number;
  /** While nobody vouches for the log, what it does not know proves nothing. */
  readonly gate: { readonly isOpen: boolean };
}

/**
 * Compares what lies in the pools with what the log knows, and closes each difference by a fact. Nothing is taken over, and nothing is
 * removed whose name the log never knew.
 */
export class Reconciler {
  private readonly seen = new Map<PoolRef, Seen>();
  private readonly running = new Map<PoolRef, Promise<ReconcileReport>>();

  constructor(
    private readonly host: Host,
    private readonly options: ReconcilerOptions,
  ) {}

  /** Answers a `ReconcileRequest`; `request` is what came, of any form. Two looks at a pool at a time are one. Throws nothing. */
  async answer(request: unknown): Promise<ReconcileAnswer> {
    const parsed = reconcileRequestSchema.safeParse(request);
    if (!parsed.success)
      return refused('failed', 'The request names no pool, or does not say whether it is a dry run.');
    const { pool: ref, dryRun } = parsed.data;
    const pool = this.host.pools.get(ref);
    if (!pool) return refused('unknown-pool', `The pool ${ref} is not open on this host.`);
    if (!this.options.gate.isOpen) return refused('unavailable', 'Nobody vouches for the log now.');
    try {
      return { report: dryRun ? await this.look(pool, { dryRun }) : await this.once(pool) };
    } catch (error) {
      this.host.log.warn('a pool could not be compared with the log', { pool: ref, error });
      const isAway =
        error instanceof StoreUnavailableError || (error instanceof DriverError && error.code === 'unavailable');
      return refused(isAway ? 'unavailable' : 'failed', error instanceof Error ? error.message : String(error));
    }
  }

  /** Waits for looks that run. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running.values());
  }

  private once(pool: Pool): Promise<ReconcileReport> {
    const running =
      this.running.get(pool.ref) ?? this.look(pool, { dryRun: false }).finally(() => this.running.delete(pool.ref));
    this.running.set(pool.ref, running);
    return running;
  }

  private async look(pool: Pool, { dryRun }: { readonly dryRun: boolean }): Promise<ReconcileReport> {
    const { host } = this;
    const at = host.now();
    const seen = this.seen.get(pool.ref) ?? { orphans: new Map(), ghosts: new Map(), foreign: new Set() };
    const found = await compare(host, pool, seen.foreign);
    if (!dryRun) this.seen.set(pool.ref, remember(seen, found, instantMs(at)));
    const orphans: Told<'orphans'>[] = [];
    for (const orphan of found.orphans) {
      const isDue = this.isDue(seen.orphans.get(orphan.object.name), at);
      orphans.push({ ...told(orphan), state: isDue ? await this.remove(pool, orphan, dryRun) : 'waiting' });
    }
    const ghosts: Told<'ghosts'>[] = [];
    for (const ghost of found.ghosts) {
      const { generation, imageId, imageVolumeId } = ghost;
      const isDue = found.hasOwn || this.isDue(seen.ghosts.get(generation), at);
      const isEvicted = isDue && (dryRun || (await this.evict(pool, ghost)));
      ghosts.push({ generation, imageId, imageVolumeId, state: isEvicted ? 'evicted' : 'waiting' });
    }
    if (!dryRun) await this.correct(pool, found);
    const report = reportOf(pool.ref, { at, dryRun }, found, { orphans, ghosts });
    host.log.info('a pool was compared with the log', { pool: pool.ref, dryRun, ...report.totals });
    return report;
  }

  private isDue(since: number | undefined, at: string): boolean {
    return since !== undefined && instantMs(at) - since >= this.options.graceMs;
  }

  /** Looks once more, in the object's own turn: it may be somebody's by now. */
  private remove(pool: Pool, orphan: Orphan, dryRun: boolean): Promise<Told<'orphans'>['state']> {
    const { host } = this;
    const { volumeId, object, was } = orphan;
    return inTurnOf(host, volumeId, async () => {
      if (!(await isNobodys(host, pool, orphan))) return 'waiting';
      if (dryRun) return 'removed';
      const about = { pool: pool.ref, objectName: object.name, was };
      try {
        await pool.backend.driver.remove(objectOf(pool, volumeId));
      } catch (error) {
        host.log.warn('an object that nobody owns cannot be removed', { ...about, error });
        return 'failed';
      }
      const fact = { objectName: object.name, sizeGib: object.sizeGib, at: host.now() };
      await pool.cache.submit({ do: 'RecordOrphan', ...fact });
      countOrphan(pool.ref);
      host.log.warn('an object that nobody owned was removed', about);
      return 'removed';
    });
  }

  /** In the turn of the image-volume, as it is reaped in. */
  private evict(pool: Pool, { generation, imageVolumeId }: CacheEntry): Promise<boolean> {
    const { host } = this;
    return host.turns.run(imageVolumeId, async () => {
      if (await pool.backend.driver.describe(objectOf(pool, imageVolumeId))) return false;
      if (entryOf(pool.cache.state(), generation)?.status !== 'ready') return false;
      await pool.cache.submit({ do: 'RetireEntry', generation, reason: 'lost', at: host.now() });
      host.log.error('a cached image is gone from its pool', { pool: pool.ref, generation, imageVolumeId });
      return true;
    });
  }

  private async correct(pool: Pool, { sizes, dependants }: Differences): Promise<void> {
    const at = this.host.now();
    for (const { entry, sizeGib } of sizes) {
      const { generation, imageVolumeId, sizeGib: wasGib } = entry;
      const there = await pool.backend.driver.describe(objectOf(pool, imageVolumeId));
      if (there?.sizeGib !== sizeGib) continue;
      this.host.log.warn('a cached image has another size than was recorded', {
        ...{ pool: pool.ref, generation, imageVolumeId, sizeGib, wasGib },
      });
      await pool.cache.submit({ do: 'CorrectSize', generation, sizeGib, limits: limitsOf(pool), at });
    }
    for (let from = 0; from < dependants.length; from += countedAtOnceMax) {
      // Between our counting and this an entry may have been cloned again.
      const counts = dependants.slice(from, from + countedAtOnceMax).filter(({ generation, was }) => {
        const entry = entryOf(pool.cache.state(), generation);
        return entry?.dependants === was && entry.claims === 0;
      });
      if (counts.length > 0) await pool.cache.submit({ do: 'CountDependants', counts, at });
    }
  }
}

async function isNobodys(host: Host, pool: Pool, { volumeId, was }: Orphan): Promise<boolean> {
  await pool.cache.refresh();
  if (entriesByVolume(pool.cache.state()).has(volumeId)) return false;
  const { of } = await ownerOf(host.store, pool.ref, volumeId);
  return of === (was === 'volume' ? 'nobody' : 'unknown');
}

/** What is not there any more is forgotten; what was there before keeps its time. */
function remember(seen: Seen, { orphans, ghosts, foreign }: Differences, nowMs: number): Seen {
  return {
    orphans: new Map(orphans.map(({ object: { name } }) => [name, seen.orphans.get(name) ?? nowMs])),
    ghosts: new Map(ghosts.map(({ generation }) => [generation, seen.ghosts.get(generation) ?? nowMs])),
    foreign: new Set(foreign),
  };
}

function told({ object, was }: Orphan): Omit<Told<'orphans'>, 'state'> {
  return { objectName: object.name, sizeGib: object.sizeGib, was };
}

function reportOf(
  pool: PoolRef,
  when: { readonly at: string; readonly dryRun: boolean },
  { objects, foreign, sizes, dependants }: Differences,
  { orphans, ghosts }: Pick<ReconcileReport, 'orphans' | 'ghosts'>,
): ReconcileReport {
  return {
    ...{ pool, ...when },
    totals: {
      ...{ objects, foreign: foreign.length, orphans: orphans.length, ghosts: ghosts.length },
      orphansRemoved: orphans.filter(({ state }) => state === 'removed').length,
      ghostsEvicted: ghosts.filter(({ state }) => state === 'evicted').length,
      ...{ sizes: sizes.length, dependants: dependants.length },
    },
    orphans: orphans.slice(0, findingsToldMax),
    ghosts: ghosts.slice(0, findingsToldMax),
    sizes: sizes
      .slice(0, findingsToldMax)
      .map(({ entry: { generation, imageVolumeId, sizeGib: wasGib }, sizeGib }) => ({
        ...{ generation, imageVolumeId, sizeGib, wasGib },
      })),
    dependants: dependants.slice(0, findingsToldMax),
  };
}

type Refusal = Extract<ReconcileAnswer, { error: unknown }>['error'];

const refused = (code: Refusal['code'], reason: string): ReconcileAnswer => ({ error: { code, reason } });
