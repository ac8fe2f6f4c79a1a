import { schedulerHost, type NudgeTarget, streamOfSubject } from '@hearth/contracts';
import {
  decodeImageCache,
  encodeImageCache,
  type ImageCache,
  imageCacheDecider,
  imageCacheFingerprint,
  type Service,
  serviceDecider,
} from '@hearth/domain';
import {
  type CategoryView,
  type CommandEnvironment,
  type Commit,
  type CommitCodec,
  inSpan,
  type LivenessBoard,
  type NudgeQueue,
  openCategoryView,
  type SnapshotStore,
  traceparentOf,
} from '@hearth/event-sourcing';
import { type Clock, isUuid, type VolumeId } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { sendNudges } from './nudges/send-nudges';
import { LivePools } from './placement/live-pools';
import { type PlacementOptions, placeVolume, readVolume, volumeOf } from './placement/place-volume';
import { PromiseLedger } from './placement/promise-ledger';
import { Promises } from './placement/promises';
import { Waits } from './placement/waits';

export interface SchedulerOptions extends CommandEnvironment {
  readonly nudges: NudgeQueue;
  readonly liveness: Pick<LivenessBoard, 'watch'>;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly placementPatienceMs: number;
  /** What the store decodes commits with: facts come here in two ways. */
  readonly codec: CommitCodec;
  readonly log: Log;
}

/** Where and when the log stored a fact. */
export interface FactPlace extends Pick<Commit, 'sequence' | 'storedAt'> {
  readonly subject: string;
}

/** Chooses pools for volumes and wakes hosts for what the facts owe them. Any number of them share the facts. */
export class Scheduler {
  private readonly promises = new Promises();
  private readonly pools: LivePools;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];
  private caches!: CategoryView<'image-cache', ImageCache>;
  private services!: CategoryView<'service', Service>;
  private placement!: PlacementOptions;
  private trouble: string | undefined = 'not started';

  constructor(private readonly options: SchedulerOptions) {
    this.pools = new LivePools(options.liveness, (reported) => this.promises.reported(reported), options.log);
  }

  /** Learns what pools there are and what their caches hold. To be called before facts arrive. Throws `StoreUnavailableError`. */
  async start(): Promise<void> {
    const { store, snapshots, log, placementPatienceMs: patienceMs } = this.options;
    const onError = (error: unknown) => this.fail(error);
    const { signal } = this.stopping;
    this.caches = await openCategoryView({
      store,
      category: 'image-cache',
      decider: imageCacheDecider,
      snapshots: {
        name: 'scheduler',
        store: snapshots,
        fingerprint: imageCacheFingerprint,
        encode: encodeImageCache,
        decode: decodeImageCache,
      },
      onError: (error) => log.warn('following the caches of the pools met with trouble', { error }),
    });
    this.services = await openCategoryView({ store, category: 'service', decider: serviceDecider });
    // A view rejects whoever waits for it when it has stopped.
    for (const view of [this.caches, this.services]) view.reached(Number.MAX_SAFE_INTEGER).catch(onError);
    this.running.push(this.pools.watch(signal), this.countPromises(await store.lastSequence()).catch(onError));
    await Promise.all([this.caches.caughtUp(), this.services.caughtUp(), this.pools.firstRead()]);
    const facts = () => ({
      hosts: this.pools.hosts,
      services: this.services.entries(),
      cacheOf: (pool: string) => this.caches.get(pool),
      promisedGib: (pool: Parameters<Promises['on']>[0]) => this.promises.on(pool),
    });
    const { promises } = this;
    this.placement = { ...this.options, facts, promises, waits: new Waits(), patienceMs };
    this.trouble = undefined;
  }

  /** What follows from a stored commit; returns when that is stored too. Throws when the fact has to be delivered again. */
  async onFact({ subject, sequence, storedAt }: FactPlace, bytes: Uint8Array): Promise<void> {
    const stream = streamOfSubject(subject);
    // A category of a newer build: its schedulers share this consumer and know no better, for it owes nobody a nudge that we know of.
    if (!stream) return this.options.log.warn('a fact of an unknown kind was passed over', { subject, sequence });
    const commit = this.options.codec.decode(stream, sequence, bytes, storedAt);
    const attributes = { 'hearth.stream': `${stream.category}/${stream.id}` };
    await inSpan('scheduler.react', { attributes, traceparent: commit.traceparent }, () => this.react(commit));
  }

  /** Places a volume that was forgotten by whoever was to place it. */
  async onNudge(target: NudgeTarget): Promise<void> {
    if (target.kind === 'volume' && isUuid(target.id)) return this.placeAnew(target.id as VolumeId);
    this.options.log.warn(`a nudge to ${schedulerHost} that is not for a volume was passed over`, { ...target });
  }

  /** For the readiness check: throws an error that says what is not as it should be. */
  check(): { readonly hosts: number; readonly promises: number } {
    const trouble = this.trouble ?? this.pools.problem;
    if (trouble !== undefined) throw new Error(trouble);
    return { hosts: this.pools.hosts.size, promises: this.promises.size };
  }

  /** To be called when no more facts arrive. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.running);
    await Promise.allSettled([this.caches?.close(), this.services?.close()]);
  }

  private async react(commit: Commit): Promise<void> {
    const { store, nudges: queue } = this.options;
    const traceparent = traceparentOf() ?? commit.traceparent;
    await Promise.all([
      sendNudges({ store, queue, caches: this.caches }, commit, traceparent),
      this.placeWhereOwed(commit),
    ]);
  }

  private async placeWhereOwed(commit: Commit): Promise<void> {
    const id = commit.stream.id as VolumeId;
    const last = commit.events.at(-1)?.type;
    if (last === 'VolumeRequested') await placeVolume(this.placement, id, volumeOf(commit as Commit<'volume'>));
    if (last === 'VolumeRescheduled') await this.placeAnew(id);
  }

  private async placeAnew(id: VolumeId): Promise<void> {
    await placeVolume(this.placement, id, await readVolume(this.options, id));
  }

  private async countPromises(afterSequence: number): Promise<void> {
    const ledger = new PromiseLedger(this.promises);
    const { signal } = this.stopping;
    for await (const { commits } of this.options.store.follow({ category: 'volume', afterSequence, signal })) {
      for (const commit of commits) ledger.apply(commit as Commit<'volume'>);
    }
  }

  /** What is followed cannot be followed on: to be restarted by whoever looks at readiness. */
  private fail(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    this.trouble = error instanceof Error ? error.message : String(error);
    this.options.log.error('following the log met with trouble', { error });
  }
}
