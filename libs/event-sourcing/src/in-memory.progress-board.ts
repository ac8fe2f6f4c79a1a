import { type FillProgress, progressKey } from '@hearth/contracts';
import type { ProgressBoard, RunningFills } from './progress-board';

/** A board in memory, on which nothing expires. */
export class InMemoryProgressBoard implements ProgressBoard {
  private readonly fills = new Map<string, FillProgress>();
  private readonly told = new Set<string>();
  private readonly wakes = new Set<() => void>();

  async report(progress: FillProgress): Promise<void> {
    this.fills.set(progressKey(progress), progress);
    this.changed();
  }

  async clear(key: string): Promise<void> {
    this.fills.delete(key);
    this.changed();
  }

  async all(): Promise<RunningFills> {
    return new Map(this.fills);
  }

  async firstToTell(step: string): Promise<boolean> {
    const isFirst = !this.told.has(step);
    this.told.add(step);
    return isFirst;
  }

  async *watch(signal: AbortSignal): AsyncIterable<RunningFills> {
    let wake = (): void => undefined;
    const wakeUp = () => wake();
    this.wakes.add(wakeUp);
    signal.addEventListener('abort', wakeUp);
    try {
      while (!signal.aborted) {
        const changed = new Promise<void>((resolve) => (wake = resolve));
        yield new Map(this.fills);
        if (!signal.aborted) await changed;
      }
    } finally {
      this.wakes.delete(wakeUp);
      signal.removeEventListener('abort', wakeUp);
    }
  }

  private changed(): void {
    for (const wake of this.wakes) wake();
  }
}
