import { type CacheEntry, dueForVerification, entryOf } from '@hearth/domain';
import type { VolumeId } from '@hearth/kernel';
import type { Backend } from '../backends/backend';
import type { BlockThreads } from '../fill/disk/block-threads';
import type { Host } from '../host/host';
import { type LookOutcome, countCorrupt, countLook } from '../host/metrics';
import { type Pool, objectOf } from '../pools/pool';
import { type PaceClock, Pacer, systemClock } from './pacer';
import { type CopyRead, readCopy } from './read-copy';
import { readsOthers } from './reads-others';
import { refill } from './refill';
import { storeFinding } from './store-finding';

export interface ScrubSettings {
  /** Bytes a second that are read at most, of all backends together; 0: nothing is read. */
  readonly bytesPerSecond: number;
  /** A copy is due when its bytes were not looked at for so many milliseconds; 0: always. */
  readonly intervalMs: number;
  /** A backend that does not answer for so many milliseconds is left alone until it does; a minute unless told. */
  readonly stallMs?: number;
  /**
   * A copy whose backend fills for so many milliseconds on end is left, and read from its start another time: the copies of other
   * backends wait for their turn. Ten minutes unless told.
   */
  readonly fillsPatienceMs?: number;
  readonly threads: Pick<BlockThreads, 'make'>;
  readonly clock?: PaceClock;
}

/** A copy and the pool it is in. */
interface Copy {
  readonly pool: Pool;
  readonly entry: CacheEntry;
}

/** Looks at one copy that came to nothing. */
interface Trouble {
  /** In a row. */
  readonly failedReads: number;
  readonly againAtMs: number;
}

/** A copy that could not be read so often in a row is given up, if its backend can read anything else. */
const failedReadsMax = 3;
/** After a look that came to nothing; sooner where copies are looked at more often. */
const againAfterMs = 60 * 60 * 1000;
/** Between two looks whether the fills of a backend have ended. */
const fillsPollMs = 1_000;
const stallMsDefault = 60_000;
const fillsPatienceMsDefault = 10 * 60 * 1000;

/** There is no use in reading on now: the copy was retired meanwhile, or fills have kept us waiting for too long. */
class ReadInVainError extends Error {}

/**
 * Reads the copies of this host's caches again, long after they were written, one at a time and slowly, and compares what they hold with
 * the digest from when they were filled. One that differs stops serving, in the decision that says so, and is filled again beside the
 * looks, one copy of a backend at a time.
 */
export class Scrub {
  private readonly ending = new AbortController();
  private readonly pacer: Pacer;
  private readonly clock: PaceClock;
  private readonly startedAt: string;
  private readonly troubles = new Map<VolumeId, Trouble>();
  /** Backends that owe an answer: to ask more of them would only use up threads. */
  private readonly hanging = new Set<Backend>();
  private running: Promise<void> | undefined;
  private readonly refills = new Set<Promise<void>>();

  constructor(
    private readonly host: Host,
    private readonly settings: ScrubSettings,
  ) {
    this.clock = settings.clock ?? systemClock;
    this.pacer = new Pacer(settings.bytesPerSecond, this.clock);
    this.startedAt = host.now();
  }

  /** Looks at all copies that are due, the longest unseen first; resolves when none is left. Two runs at a time are one. */
  run(): Promise<void> {
    if (this.settings.bytesPerSecond === 0 || this.ending.signal.aborted) return Promise.resolve();
    this.running ??= this.lookAtAll().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Ends what runs, at once; a copy that was being read is due as before. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.running?.catch(() => undefined);
    await this.refilled();
  }

  /** Waits for the fills that looks have led to. */
  async refilled(): Promise<void> {
    while (this.refills.size > 0) await Promise.all(this.refills);
  }

  /** Of each pool with copies that can be looked at, for how many milliseconds its longest unseen one was not. */
  oldest(): readonly (readonly [pool: string, ms: number])[] {
    const now = this.host.now();
    return [...this.host.pools.values()].flatMap(({ ref, cache }) => {
      const [entry] = dueForVerification(cache.state(), now);
      return entry ? [[ref, Date.parse(now) - Date.parse(entry.verifiedAt ?? this.startedAt)] as const] : [];
    });
  }

  private async lookAtAll(): Promise<void> {
    const seen = new Set<VolumeId>();
    for (let copy = this.next(seen); copy; copy = this.next(seen)) {
      seen.add(copy.entry.imageVolumeId);
      try {
        await this.lookAt(copy);
      } catch (error) {
        if (this.ending.signal.aborted) return;
        this.putOff(copy, { error, failedReads: 0 });
      }
    }
    for (const id of this.troubles.keys()) if (!this.isServed(id)) this.troubles.delete(id);
  }

  private next(seen: ReadonlySet<VolumeId>): Copy | undefined {
    const nowMs = this.nowMs();
    const before = new Date(nowMs - this.settings.intervalMs).toISOString();
    const isWorthALook = ({ imageVolumeId }: CacheEntry) =>
      !seen.has(imageVolumeId) && (this.troubles.get(imageVolumeId)?.againAtMs ?? 0) <= nowMs;
    const copies: Copy[] = [];
    for (const pool of this.host.pools.values()) {
      if (this.hanging.has(pool.backend) || pool.backend.lanes.isFilling) continue;
      const entry = dueForVerification(pool.cache.state(), before).find(isWorthALook);
      if (entry) copies.push({ pool, entry });
    }
    return copies.sort((one, other) => seenAtMs(one) - seenAtMs(other))[0];
  }

  private async lookAt(copy: Copy): Promise<void> {
    const { pool, entry } = copy;
    const startMs = this.clock.nowMs();
    const { threads, stallMs = stallMsDefault } = this.settings;
    const object = objectOf(pool, entry.imageVolumeId);
    const { signal } = this.ending;
    const pace = this.paceOf(copy);
    const read = await readCopy({ backend: pool.backend, object, stallMs, threads, signal, pace }).catch(
      (error: unknown) => {
        if (error instanceof ReadInVainError) return undefined;
        throw error;
      },
    );
    // A copy that was retired while it was read is nobody's concern any more.
    if (!read || !isReady(copy)) return;
    await this.judge(copy, read, Math.round(this.clock.nowMs() - startMs));
  }

  private async judge(copy: Copy, read: CopyRead, durationMs: number): Promise<void> {
    switch (read.status) {
      case 'read':
        return this.record(copy, read, durationMs);
      case 'gone':
        this.count(copy, 'gone');
        if (!(await this.retire(copy, 'lost'))) return;
        this.host.log.error('a cached image is gone from its backend', { ...aboutOf(copy), error: read.error });
        return;
      case 'unreadable':
        this.count(copy, 'unreadable');
        return this.onUnreadable(copy, read.error);
      case 'unanswered':
        this.count(copy, 'unanswered');
        this.putOff(copy, { error: read.error, failedReads: this.failedReadsOf(copy) });
        if (read.open) this.leaveAlone(copy.pool.backend, read.open);
    }
  }

  private async record(
    copy: Copy,
    { contentDigest, bytesRead }: Extract<CopyRead, { status: 'read' }>,
    durationMs: number,
  ): Promise<void> {
    const { pool, entry } = copy;
    const { generation, evidence } = entry;
    const found = { generation, contentDigest, at: this.host.now(), bytesRead, durationMs };
    const isOurs = await storeFinding(pool, { do: 'RecordVerification', found }, this.ending.signal);
    this.troubles.delete(entry.imageVolumeId);
    if (!isOurs) return;
    const expected = evidence?.contentDigest;
    if (!expected || expected === contentDigest) {
      this.count(copy, 'intact', bytesRead);
      this.host.log.debug('a cached image holds what was written', { ...aboutOf(copy), bytesRead, durationMs });
      return;
    }
    this.count(copy, 'corrupt', bytesRead);
    countCorrupt(pool.ref);
    this.host.log.error('a cached image holds something else than was written: it serves no longer', {
      ...aboutOf(copy),
      expected,
      found: contentDigest,
      clonesUnderWay: entryOf(pool.cache.state(), generation)?.leases ?? 0,
    });
    this.refill(copy);
  }

  private async onUnreadable(copy: Copy, error: Error): Promise<void> {
    const failedReads = this.failedReadsOf(copy) + 1;
    const { stallMs = stallMsDefault } = this.settings;
    const isGivenUp =
      failedReads >= failedReadsMax && (await readsOthers(this.host, copy, { stallMs, signal: this.ending.signal }));
    if (!isGivenUp) return this.putOff(copy, { error, failedReads });
    if (!(await this.retire(copy, 'verify-failed'))) return;
    countCorrupt(copy.pool.ref);
    const about = { ...aboutOf(copy), failedReads, error };
    this.host.log.error('a cached image cannot be read: it serves no longer', about);
    this.refill(copy);
  }

  /**
   * Beside the looks: it may take as long as a download, and copies of other backends need not wait for it. Those of its own backend do, so
   * that there is one refill of a backend at a time.
   */
  private refill({ pool, entry }: Copy): void {
    // It throws nothing but what has ended it.
    const filled = refill(this.host, pool, entry, this.ending.signal)
      .catch(() => undefined)
      .finally(() => this.refills.delete(filled));
    this.refills.add(filled);
  }

  /** False when the copy was retired already, which may have been the cause. */
  private async retire({ pool, entry }: Copy, reason: 'lost' | 'verify-failed'): Promise<boolean> {
    const { generation, imageVolumeId } = entry;
    const isOurs = await storeFinding(pool, { do: 'RetireEntry', generation, reason }, this.ending.signal);
    this.troubles.delete(imageVolumeId);
    return isOurs;
  }

  private putOff(copy: Copy, { error, failedReads }: { readonly error: unknown; readonly failedReads: number }): void {
    const againAtMs = this.nowMs() + Math.min(againAfterMs, this.settings.intervalMs);
    this.troubles.set(copy.entry.imageVolumeId, { failedReads, againAtMs });
    const again = new Date(againAtMs).toISOString();
    this.host.log.warn('a cached image could not be looked at', { ...aboutOf(copy), failedReads, again, error });
  }

  private leaveAlone(backend: Backend, open: Promise<unknown>): void {
    this.hanging.add(backend);
    void open.finally(() => this.hanging.delete(backend));
  }

  /** Slows reading down, holds it while the backend's fills run, and ends it when the copy serves no longer. */
  private paceOf(copy: Copy): (bytesRead: number) => Promise<void> {
    const { signal } = this.ending;
    const { lanes } = copy.pool.backend;
    const { fillsPatienceMs = fillsPatienceMsDefault } = this.settings;
    let before = 0;
    return async (bytesRead) => {
      await this.pacer.passed(bytesRead - before, signal);
      before = bytesRead;
      const patienceEndsMs = this.clock.nowMs() + fillsPatienceMs;
      while (lanes.isFilling && isReady(copy) && this.clock.nowMs() < patienceEndsMs) {
        await this.clock.sleep(fillsPollMs, signal);
      }
      if (lanes.isFilling || !isReady(copy)) throw new ReadInVainError();
    };
  }

  private count({ pool }: Copy, outcome: LookOutcome, bytesRead = 0): void {
    countLook(pool.ref, { outcome, bytesRead });
  }

  private failedReadsOf({ entry }: Copy): number {
    return this.troubles.get(entry.imageVolumeId)?.failedReads ?? 0;
  }

  private isServed(id: VolumeId): boolean {
    for (const { cache } of this.host.pools.values()) {
      for (const entry of cache.state().entries.values()) {
        if (entry.imageVolumeId === id) return entry.status === 'ready';
      }
    }
    return false;
  }

  private nowMs(): number {
    return Date.parse(this.host.now());
  }
}

function isReady({ pool, entry }: Copy): boolean {
  return entryOf(pool.cache.state(), entry.generation)?.status === 'ready';
}

const seenAtMs = ({ entry: { verifiedAt } }: Copy) => (verifiedAt === undefined ? 0 : Date.parse(verifiedAt));

function aboutOf({ pool, entry }: Copy) {
  const { imageId, generation, imageVolumeId } = entry;
  return { pool: pool.ref, imageId, generation, imageVolumeId };
}
