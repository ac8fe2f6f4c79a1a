import { setTimeout as sleep } from 'node:timers/promises';
import type { FillProgress } from '@hearth/contracts';
import type { ProgressBoard } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import type { KnownFacts } from '../facts/known-facts';
import { type LiveEvent, liveMessageOf, type LiveEvents } from '../publish/live-events';

export interface ProgressTellerOptions {
  readonly board: Pick<ProgressBoard, 'watch' | 'firstToTell'>;
  readonly events: Pick<LiveEvents, 'publish'>;
  /** The `ce-source` of all events. */
  readonly source: string;
  readonly log: Log;
  /** A monotonic clock; the process's unless told. */
  readonly nowMs?: () => number;
  /** Hears of every event that went out. */
  readonly onTold?: (type: LiveEvent['notice']['type']) => void;
}

/** Between two events of one fill. */
const intervalMinMs = 5_000;
const percentMin = 5;
const pauseMs = 1_000;

/** What was told last of a fill, by this notifier or by another one. */
interface Told {
  readonly startedAt: string;
  readonly run: number;
  readonly phase: FillProgress['phase'];
  readonly percent: number;
  readonly atMs: number;
}

/**
 * Tells outsiders how far running fills have come, as far as that can be had: at most every 5 seconds for each, when its percent
 * has moved by 5, its phase is another, or it begins anew. Several notifiers may follow the board at once; of each step one of them tells.
 */
export class ProgressTeller {
  private told = new Map<string, Told>();

  constructor(private readonly options: ProgressTellerOptions) {}

  /** Follows the board until the signal; what fails costs events of progress and nothing else. */
  async run(known: Pick<KnownFacts, 'noticeOfProgress'>, signal: AbortSignal): Promise<void> {
    const { board, log } = this.options;
    let isFailing = false;
    while (!signal.aborted) {
      try {
        for await (const fills of board.watch(signal)) {
          await this.tellAll(fills, known);
          isFailing = false;
        }
      } catch (error) {
        if (!isFailing) log.warn('the progress of fills cannot be told for the moment', { error });
        isFailing = true;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async tellAll(
    fills: ReadonlyMap<string, FillProgress>,
    known: Pick<KnownFacts, 'noticeOfProgress'>,
  ): Promise<void> {
    for (const key of this.told.keys()) if (!fills.has(key)) this.told.delete(key);
    for (const [key, progress] of fills) if (this.isDue(key, progress)) await this.tell(key, progress, known);
  }

  private isDue(key: string, { startedAt, run, phase, percent }: FillProgress): boolean {
    const last = this.told.get(key);
    if (last?.startedAt !== startedAt) return percent >= percentMin;
    if (this.nowMs() - last.atMs < intervalMinMs) return false;
    if (run !== last.run) return percent >= percentMin;
    return phase !== last.phase || percent - last.percent >= percentMin;
  }

  private async tell(key: string, progress: FillProgress, known: Pick<KnownFacts, 'noticeOfProgress'>): Promise<void> {
    const { board, events, source, onTold } = this.options;
    const notice = await known.noticeOfProgress(progress);
    if (!notice) return;
    const { startedAt, run, phase, percent, at } = progress;
    const id = `${key}.${Date.parse(startedAt)}.${run}.${phase}.${Math.floor(percent / percentMin)}`;
    const isOurs = await board.firstToTell(id);
    this.told.set(key, { startedAt, run, phase, percent, atMs: this.nowMs() });
    if (!isOurs) return;
    events.publish(liveMessageOf({ notice, id, occurredAt: at }, source));
    onTold?.(notice.type);
  }

  private nowMs(): number {
    return (this.options.nowMs ?? (() => performance.now()))();
  }
}
