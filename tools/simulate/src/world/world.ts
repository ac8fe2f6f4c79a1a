import { type Failure, type NudgeTarget, schedulerHost } from '@hearth/contracts';
import { type VolumeCommand, nextStep, volumeDecider } from '@hearth/domain';
import {
  type Commit,
  type CommandEnvironment,
  InMemorySnapshotStore,
  readState,
  runCommand,
} from '@hearth/event-sourcing';
import { Random } from '@hearth/image-format/testing';
import { type PoolRef, type VolumeId, poolParts, poolRef } from '@hearth/kernel';
import { passConfig } from '../../../../apps/cache-janitor/src/config';
import { Janitor } from '../../../../apps/cache-janitor/src/janitor';
import { sendNudges } from '../../../../apps/scheduler/src/nudges/send-nudges';
import { MemoryLivenessBoard } from '../../../../apps/volume-manager/src/testing/memory.liveness-board';
import { BrokenPromiseError } from '../engine/broken-promise.error';
import { Turns } from '../engine/turns';
import { VirtualTime } from '../engine/virtual-time';
import { checkCache, checkRemoval, checkVolume } from '../promises/at-each-commit';
import { checkRules, checkUse } from '../promises/rules-at-each-commit';
import { checkSnapshot } from '../promises/snapshots';
import { z } from 'zod';
import type { Setup } from '../history/history';
import { Broker } from './broker';
import { Facts } from './facts';
import { ImageService } from './image-service';
import { InternalQuota } from './internal-quota';
import { SimulatedBackend } from './simulated-backend';
import { SimulatedHost } from './simulated-host';
import { SimulatedLog } from './simulated-log';
import { SimulatedProcess } from './simulated-process';
import { Words } from './words';

const nowhere: Failure = { code: 'placement.no_valid_backend', reason: 'No pool is left to try.' };

/** A check that fails itself is told as such, and not to whoever has just appended. */
const asBroken = (error: unknown) =>
  error instanceof BrokenPromiseError
    ? error
    : new BrokenPromiseError('nothing crashes', error instanceof Error ? `${error.stack}` : String(error));

/** More turns than this without a rest are a defect: something goes on for ever. */
const turnsToRestMax = 60_000;

/** Every run looks at all images. */
const janitorConfig = { ...z.object(passConfig).parse({}), imageLookPauseMs: 0 };

/** The whole system, with nothing real below it: log, nudges, backends, image service and time are in memory. */
export class World {
  readonly time = new VirtualTime();
  readonly turns: Turns;
  readonly random: Random;
  readonly log: SimulatedLog;
  readonly facts: Facts;
  readonly broker: Broker;
  readonly images: ImageService;
  readonly quota: InternalQuota;
  readonly liveness = new MemoryLivenessBoard();
  readonly hosts = new Map<string, SimulatedHost>();
  readonly words = new Words();
  /** The processes that are never killed: api, scheduler, janitor. */
  private readonly services: SimulatedProcess;
  /** What the api and others at the side decide with. */
  readonly environment: CommandEnvironment;
  private readonly snapshots = new InMemorySnapshotStore();
  private readonly janitors: Promise<Janitor>[] = [];
  private ids = 0;
  private brokenPromise: BrokenPromiseError | undefined;

  constructor(
    readonly setup: Setup,
    schedule: number,
  ) {
    this.random = new Random(schedule);
    this.turns = new Turns(this.random, this.time);
    this.facts = new Facts(
      (change) =>
        this.require(() => {
          checkCache(change);
          checkRules(change, this);
        }),
      (change) => this.require(() => checkVolume(change, this.facts.volumeEvents.get(change.id) ?? [])),
    );
    this.log = new SimulatedLog(
      (commit) => this.onCommit(commit),
      () => this.time.nowMs,
    );
    this.images = new ImageService({ newId: this.newId, now: () => this.time.now });
    this.quota = new InternalQuota(() => this.facts.caches.values());
    this.services = new SimulatedProcess('services', this.turns);
    this.environment = { store: this.log.of(this.services), now: () => this.time.now, newId: this.newId };
    const receivers = new Map([[schedulerHost, (target: NudgeTarget) => this.place(target.id as VolumeId)]]);
    this.broker = new Broker(receivers, this.random, this.turns, this.time);
    for (const [at, { backends, options }] of setup.hosts.entries()) {
      const name = `store-${at + 1}`;
      const host = this.hostOf(name, backends, options);
      this.hosts.set(name, host);
      receivers.set(name, (target) => host.react(target));
    }
  }

  /** A new id, in the form of a UUID. */
  readonly newId = (): string => {
    this.ids += 1;
    return `00000000-0000-4000-8000-${this.ids.toString(16).padStart(12, '0')}`;
  };

  get pools(): readonly PoolRef[] {
    return [...this.hosts.values()].flatMap(({ name, backends }) =>
      [...backends.keys()].map((backend) => poolRef({ host: name, backend, pool: 'here' })),
    );
  }

  /** The promise that was found broken first. */
  get broken(): BrokenPromiseError | undefined {
    return this.brokenPromise;
  }

  backendOf(pool: PoolRef): SimulatedBackend {
    const { host, backend } = poolParts(pool);
    return this.hosts.get(host)!.backends.get(backend)!;
  }

  hostOfPool(pool: PoolRef): SimulatedHost {
    return this.hosts.get(poolParts(pool).host)!;
  }

  async nudge(host: string, target: NudgeTarget): Promise<void> {
    await this.broker.send(host, target, { dedupeId: this.newId() });
  }

  /** Notes what does not hold; the history ends with it. */
  require(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.brokenPromise ??= asBroken(error);
    }
  }

  /** Lets things happen for so many turns, or until they rest. */
  async run(turns: number): Promise<void> {
    await this.turns.give(turns, () => this.broken !== undefined);
    if (this.broken) throw this.broken;
  }

  /** Lets things happen until nothing does any more. */
  async rest(): Promise<void> {
    const goesOn = await this.turns.give(turnsToRestMax, () => this.broken !== undefined);
    if (this.broken) throw this.broken;
    if (goesOn) throw new BrokenPromiseError('P7 every accepted create ends', 'the house does not come to rest');
  }

  /** Lets things happen until work is done that takes its own turns. */
  async until<Result>(work: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const settled = work.finally(() => (isSettled = true));
    settled.catch(() => undefined);
    await this.turns.give(turnsToRestMax, () => isSettled || this.broken !== undefined);
    if (this.broken) throw this.broken;
    if (!isSettled) throw new BrokenPromiseError('P7 every accepted create ends', 'what was asked for never ended');
    return settled;
  }

  /** Log and backends answer from now on, and the image service serves. */
  heal(): void {
    this.log.heal();
    this.images.heal();
    for (const pool of this.pools) this.backendOf(pool).flaky.succeed();
  }

  /** A pass of one of the janitors; what it meets with is logged. */
  async runPass(pick: number): Promise<void> {
    const { passes } = await this.openJanitor(pick);
    await passes.runNow(passes.names[pick % passes.names.length]!).catch(() => undefined);
  }

  /** All passes, one after the other. */
  async runPasses(): Promise<void> {
    const janitor = await this.openJanitor(0);
    for (const name of janitor.passes.names) await janitor.passes.runNow(name).catch(() => undefined);
  }

  private openJanitor(pick: number): Promise<Janitor> {
    const which = pick % this.setup.janitors;
    const { environment, liveness, time, words, broker: nudges } = this;
    return (this.janitors[which] ??= Janitor.open({
      ...{ ...environment, nudges, liveness, config: janitorConfig, log: words },
      clock: { now: () => time.nowMs },
      images: this.images.catalogue,
      hosts: { reconcile: async (host: string, pool: string) => this.hosts.get(host)?.reconcile(pool) },
      snapshots: new InMemorySnapshotStore(),
    }));
  }

  private hostOf(
    name: string,
    backends: Setup['hosts'][number]['backends'],
    options: Readonly<Record<string, unknown>>,
  ): SimulatedHost {
    const { turns, time, log, newId, images, quota, liveness, words, snapshots: kept } = this;
    const made = backends.map((rules, at) => {
      const backend = `disk-${at + 1}`;
      const pool = poolRef({ host: name, backend, pool: 'here' });
      const onRemoval = (object: string) => this.require(() => checkRemoval(this.facts.entryOf(pool, object)));
      return [backend, new SimulatedBackend(rules, images.places, onRemoval)] as const;
    });
    const snapshots = {
      load: (key: string) => kept.load(key),
      save: async (key: string, snapshot: Parameters<typeof kept.save>[1]) => {
        await kept.save(key, snapshot);
        this.require(() => checkSnapshot(key, snapshot, this.facts));
      },
    };
    const onUse = (imageId: string, wasShown: boolean) => this.require(() => checkUse(imageId, wasShown));
    const around = { turns, time, log, newId, images, quota, snapshots, liveness, words, onUse };
    return new SimulatedHost(name, new Map(made), around, options);
  }

  private onCommit(commit: Commit): void {
    this.facts.hear(commit);
    void this.relay(commit);
  }

  /** What the scheduler does with a fact, again until it is done. */
  private async relay(commit: Commit): Promise<void> {
    const caches = { get: (pool: string) => this.facts.cache(pool as PoolRef), reached: () => Promise.resolve() };
    for (;;) {
      await this.turns.next();
      try {
        await sendNudges({ store: this.environment.store, queue: this.broker, caches }, commit);
        const last = commit.events.at(-1)?.type;
        if (last !== 'VolumeRequested' && last !== 'VolumeRescheduled') return;
        if (await this.place(commit.stream.id as VolumeId)) return;
      } catch (error) {
        this.words.warn('a fact is delivered again', { error });
      }
      await this.time.sleep(500);
    }
  }

  /** Chooses any pool that was not tried. */
  private async place(id: VolumeId): Promise<boolean> {
    const stream = { category: 'volume', id } as const;
    try {
      const { state, sequence } = await readState(this.environment.store, volumeDecider, stream);
      const step = nextStep(state);
      if (step.do !== 'place') return true;
      const pools = this.pools.filter((pool) => !step.tried.includes(pool));
      const command: VolumeCommand =
        pools.length > 0
          ? { do: 'RecordPlacement', pool: this.random.pick(pools), availabilityZone: 'nova', rejected: [] }
          : { do: 'RecordPlacementFailure', failure: nowhere, rejected: [] };
      await runCommand(this.environment, volumeDecider, stream, command, { known: { state, sequence } });
      return true;
    } catch (error) {
      this.words.warn('a volume could not be placed', { error });
      return false;
    }
  }
}
