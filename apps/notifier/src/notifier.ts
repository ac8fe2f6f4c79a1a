import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Commit,
  type EventStore,
  inSpan,
  type ProgressBoard,
  type SnapshotStore,
  traceparentOf,
} from '@hearth/event-sourcing';
import { type Log, metrics } from '@hearth/platform';
import { KnownFacts } from './facts/known-facts';
import { ProgressTeller } from './progress/progress-teller';
import { type EventStream, OvertakenError } from './publish/event-stream';
import type { LiveEvents } from './publish/live-events';
import { messageOf, type OutwardEvent, outwardEvents } from './publish/outward-event';
import { PublishLine } from './publish/publish-line';
import { keptFingerprint, type KeptPosition, Resume } from './publish/resume';

export interface NotifierOptions {
  readonly store: EventStore;
  readonly events: Pick<EventStream, 'end' | 'publish'>;
  readonly snapshots: SnapshotStore;
  /** Where running fills say how far they have come, and to whom that is told. */
  readonly progress: Pick<ProgressBoard, 'watch' | 'firstToTell'>;
  readonly liveEvents: Pick<LiveEvents, 'publish'>;
  /** The `ce-source` of all events: this installation, as a URI reference. */
  readonly source: string;
  readonly volumesKnownMax: number;
  readonly standbyIntervalMs: number;
  readonly log: Log;
}

/** Facts from one kept position to the next, at the most, and the time between two where there are fewer. */
const keepEveryFacts = 10_000;
const keepIntervalMs = 60_000;
const retryWaitMs = 1_000;
/** How late an event may come when many do: what comes together goes out together. */
const gatherMs = 25;
/** Commits that are read at a time: those of a busy pool hold many decisions each, and take ten times the room once they are read. */
const batchMax = 100;
/** Events that are put together before they go out; those of one commit more at the most. */
const toldTogetherMax = 250;
const keptKey = 'notifier/position';

/**
 * Tells outsiders of facts: every event once, in the order of the log, whatever crashes. Where to go on is read from the stream
 * of events itself, and every message names the position that it expects to get; so of two notifiers one publishes, and the other
 * stands by until the first makes no progress.
 */
export class Notifier {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private role: 'starting' | 'publishing' | 'standing by' = 'starting';
  private trouble: string | undefined;
  private position = 0;
  private readonly told = metrics.counter('hearth_notices_total', 'Events published to outsiders, by type.');
  private readonly teller: ProgressTeller;

  constructor(private readonly options: NotifierOptions) {
    const { progress: board, liveEvents: events, source, log } = options;
    this.teller = new ProgressTeller({ board, events, source, log, onTold: (type) => this.told.add(1, { type }) });
  }

  /** Begins; what stops it is tried again until `close`. */
  start(): void {
    metrics.observe('hearth_notifier_position', 'Position in the log up to which events are out.', (gauge) =>
      gauge.observe(this.position),
    );
    this.running ??= this.run();
  }

  /** For the readiness check: throws an error that says why no events go out. */
  check(): { readonly role: string; readonly position: number } {
    if (this.trouble !== undefined) throw new Error(this.trouble);
    return { role: this.role, position: this.position };
  }

  /** Finishes what is under way and leaves its position behind. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        if (error instanceof OvertakenError) await this.standBy(error, signal);
        else await this.rest(error, signal);
      }
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { store, events, snapshots, volumesKnownMax } = this.options;
    const end = await events.end();
    const resume = new Resume(end, await snapshots.load(keptKey), await store.lastSequence());
    const known = new KnownFacts(store, volumesKnownMax, resume.pools);
    const line = new PublishLine((message, expected) => events.publish(message, expected), end.lastSequence);
    const keeper = new Keeper(snapshots, resume.afterSequence);
    const kept = (): KeptPosition => ({
      eventsSequence: line.sequence,
      streamCreatedAt: end.createdAt,
      pools: known.savePools(),
    });
    this.role = 'publishing';
    const following = new AbortController();
    const telling = this.teller.run(known, AbortSignal.any([signal, following.signal]));
    try {
      for await (const { commits, caughtUp } of store.follow({
        afterSequence: resume.afterSequence,
        gatherMs,
        batchMax,
        signal,
      })) {
        await this.tellAll(commits, known, resume, line);
        await line.flush();
        if (caughtUp) resume.reachedEnd();
        this.trouble = undefined;
        this.position = commits.at(-1)?.sequence ?? this.position;
        await keeper.passed(commits.at(-1)?.sequence ?? keeper.sequence, commits.length, kept);
      }
      await keeper.close(kept);
    } finally {
      following.abort();
      await Promise.all([line.settled(), telling]);
    }
  }

  /** Events are handed over without a pause between them, so that they leave together. */
  private async tellAll(
    commits: readonly Commit[],
    known: KnownFacts,
    resume: Resume,
    line: PublishLine,
  ): Promise<void> {
    let events: OutwardEvent[] = [];
    for (const commit of commits) {
      if (resume.isTold(commit)) known.skip(commit);
      else events.push(...resume.untold(commit, outwardEvents(commit, await known.noticesOf(commit))));
      if (events.length < toldTogetherMax) continue;
      await this.pushAll(events, line);
      events = [];
    }
    await this.pushAll(events, line);
  }

  private async pushAll(events: readonly OutwardEvent[], line: PublishLine): Promise<void> {
    await Promise.all(events.map((event) => this.push(event, line)));
  }

  private push(event: OutwardEvent, line: PublishLine): Promise<void> {
    const { type } = event.notice;
    const attributes = { 'cloudevents.event_id': event.id, 'cloudevents.event_type': type };
    return inSpan('notice.publish', { attributes, traceparent: event.traceparent }, async () => {
      const traceparent = traceparentOf() ?? event.traceparent;
      await line.push(messageOf(event, { source: this.options.source, traceparent }));
      this.told.add(1, { type });
    });
  }

  /** Waits until the stream has not grown for a while: then whoever was at work is not any more, or has nothing to do. */
  private async standBy(why: OvertakenError, signal: AbortSignal): Promise<void> {
    const { events, standbyIntervalMs, log } = this.options;
    if (this.role !== 'standing by') log.info('standing by', { why: why.message });
    this.role = 'standing by';
    this.trouble = undefined;
    try {
      for (let before = -1; !signal.aborted;) {
        const { lastSequence } = await events.end();
        if (lastSequence === before) return;
        before = lastSequence;
        await sleep(standbyIntervalMs * (1 + Math.random() / 4), undefined, { signal });
      }
    } catch (error) {
      await this.rest(error, signal);
    }
  }

  private async rest(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.trouble = error instanceof Error ? error.message : String(error);
    this.options.log.warn('no events go out for the moment', { error });
    await sleep(retryWaitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Keeps the position from time to time: it saves a restart from reading the whole log. */
class Keeper {
  private factsSince = 0;
  private keptAtMs = performance.now();

  constructor(
    private readonly snapshots: SnapshotStore,
    public sequence: number,
  ) {}

  async passed(sequence: number, facts: number, kept: () => KeptPosition): Promise<void> {
    this.sequence = sequence;
    this.factsSince += facts;
    const isDue = this.factsSince >= keepEveryFacts || performance.now() - this.keptAtMs >= keepIntervalMs;
    if (isDue && this.factsSince > 0) await this.close(kept);
  }

  async close(kept: () => KeptPosition): Promise<void> {
    if (this.factsSince === 0) return;
    this.factsSince = 0;
    this.keptAtMs = performance.now();
    await this.snapshots.save(keptKey, { fingerprint: keptFingerprint, sequence: this.sequence, state: kept() });
  }
}
