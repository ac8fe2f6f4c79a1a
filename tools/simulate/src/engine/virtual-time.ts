import timersPromises from 'node:timers/promises';

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly call: () => void;
  /** Whether somebody waits for it: time is not moved for the others. */
  isAwaited: boolean;
}

/** A timer further away than this is not waited for: it comes due when time is passed on purpose. */
const horizonMs = 15 * 60 * 1000;
const startMs = Date.parse('2030-01-01T00:00:00.000Z');

/** A clock that moves when it is told to, and timers that come due by it. */
export class VirtualTime {
  private timers = new Set<Timer>();
  nowMs = startMs;

  get now(): string {
    return new Date(this.nowMs).toISOString();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const timer = this.add(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      const stop = () => {
        this.timers.delete(timer);
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  add(ms: number, call: () => void, everyMs?: number): Timer {
    const timer = { dueMs: this.nowMs + Math.max(ms, 1), everyMs, call, isAwaited: everyMs === undefined };
    this.timers.add(timer);
    return timer;
  }

  remove(timer: Timer): void {
    this.timers.delete(timer);
  }

  /** Moves to the next timer that somebody waits for, and calls what is due by then; false when there is none. */
  toNextTimer(): boolean {
    const next = this.earliest(({ isAwaited, dueMs }) => isAwaited && dueMs - this.nowMs <= horizonMs);
    if (!next) return false;
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    this.fireDue();
    return true;
  }

  /** Lets time go by. What is repeated in shorter intervals comes due once. */
  pass(ms: number): void {
    this.nowMs += ms;
    this.fireDue();
  }

  private fireDue(): void {
    const due = [...this.timers].filter(({ dueMs }) => dueMs <= this.nowMs);
    for (const timer of due.sort((one, other) => one.dueMs - other.dueMs)) if (this.timers.has(timer)) this.fire(timer);
  }

  private fire(timer: Timer): void {
    if (timer.everyMs === undefined) this.timers.delete(timer);
    else timer.dueMs = this.nowMs + Math.max(timer.everyMs, 1);
    timer.call();
  }

  private earliest(isMeant: (timer: Timer) => boolean): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (isMeant(timer) && (!first || timer.dueMs < first.dueMs)) first = timer;
    return first;
  }
}

type Callback = (...args: unknown[]) => void;

/** What a caller of `setTimeout` holds. */
class Handle {
  constructor(
    readonly time: VirtualTime,
    readonly timer: Timer,
  ) {}

  ref(): this {
    this.timer.isAwaited = this.timer.everyMs === undefined;
    return this;
  }

  unref(): this {
    this.timer.isAwaited = false;
    return this;
  }

  hasRef(): boolean {
    return this.timer.isAwaited;
  }
}

/** Puts virtual time in the place of the process's timers, until what it returns is called. */
export function installTime(time: () => VirtualTime): () => void {
  const real = { ...pick(globalThis), sleep: timersPromises.setTimeout, nowMs: performance.now.bind(performance) };
  const later =
    (isRepeated: boolean) =>
    (call: Callback, ms = 0, ...args: unknown[]) =>
      new Handle(
        time(),
        time().add(ms, () => call(...args), isRepeated ? ms : undefined),
      );
  const clear = (handle: unknown) => {
    if (handle instanceof Handle) handle.time.remove(handle.timer);
  };
  Object.assign(globalThis, {
    setTimeout: later(false),
    setInterval: later(true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Object.assign(timersPromises, {
    setTimeout: async <Value>(ms = 0, value?: Value, { signal }: { signal?: AbortSignal } = {}) => {
      await time().sleep(ms, signal);
      return value;
    },
  });
  performance.now = () => time().nowMs;
  return () => {
    const { sleep, nowMs, ...timers } = real;
    Object.assign(globalThis, timers);
    Object.assign(timersPromises, { setTimeout: sleep });
    performance.now = nowMs;
  };
}

function pick({ setTimeout, setInterval, clearTimeout, clearInterval }: typeof globalThis) {
  return { setTimeout, setInterval, clearTimeout, clearInterval };
}
