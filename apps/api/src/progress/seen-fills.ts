import { downloadProgressKey, type FillProgress, fillProgressKey } from '@hearth/contracts';
import type { ProgressBoard, RunningFills } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { setTimeout as delay } from 'node:timers/promises';

/** How far running fills have come, as far as it is known just now; asking costs nothing. */
export interface FillsInSight {
  /** False: nothing runs that is known of, so nobody need look further. */
  readonly any: boolean;
  /** Of the fill of a pool's cache entry. */
  ofEntry(pool: string, generation: number): FillProgress | undefined;
  /** Of an image that is written straight into this volume. */
  ofDownload(volumeId: string): FillProgress | undefined;
}

const pauseMs = 1_000;

/**
 * The progress board in memory: as much of it as the board gives, which is bounded. While NATS is away what was seen last
 * stands until it has expired; requests neither wait nor fail for it.
 */
export class SeenFills implements FillsInSight {
  private fills: RunningFills = new Map();
  private readonly stopped = new AbortController();
  private following: Promise<void> | undefined;

  constructor(
    private readonly board: ProgressBoard,
    private readonly log: Log,
  ) {}

  get any(): boolean {
    return this.fills.size > 0;
  }

  ofEntry(pool: string, generation: number): FillProgress | undefined {
    return this.fills.get(fillProgressKey(pool, generation));
  }

  ofDownload(volumeId: string): FillProgress | undefined {
    return this.fills.get(downloadProgressKey(volumeId));
  }

  /** Follows the board from now on; nothing is known until it has answered. */
  start(): void {
    this.following ??= this.follow();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.following;
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        for await (const fills of this.board.watch(signal)) this.fills = fills;
      } catch (error) {
        this.log.warn('the progress of fills cannot be followed just now', { error });
      }
      this.fills = new Map();
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
