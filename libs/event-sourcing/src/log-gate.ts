// JetStream acknowledges before it syncs, unless told otherwise: after a restart of its server the log may lack its end. Who appended
// then would build on a past that never was. A gate stands before the log until somebody has found in it what was seen of it.
import type { LogPlace } from '@hearth/contracts';
import { StoreUnavailableError } from './event-store';

/** Nobody has vouched for the log since the last restart of its server. It passes by itself when somebody does. */
export class LogUnverifiedError extends StoreUnavailableError {
  constructor(message: string) {
    super(message);
    this.name = 'LogUnverifiedError';
  }
}

/** The log does not hold what was seen of it. It passes when the log is whole again, or when an administrator accepts it as it is. */
export class LogSuspectError extends StoreUnavailableError {
  constructor(message: string) {
    super(message);
    this.name = 'LogSuspectError';
  }
}

/** `unverified` until somebody vouches for the log, with the reason why nobody has. */
export type GateState =
  { readonly status: 'open' } | { readonly status: 'unverified' | 'suspect'; readonly reason: string };

const notYet: GateState = { status: 'unverified', reason: 'nobody has vouched for the log yet' };

/** Lets through to the log while somebody vouches for it. What passes while it is open costs a look at a field. */
export class LogGate {
  private current: GateState = notYet;
  private newestPlace: LogPlace | undefined;
  private readonly listeners = new Set<(state: GateState) => void>();

  get state(): GateState {
    return this.current;
  }

  get isOpen(): boolean {
    return this.current.status === 'open';
  }

  /** The newest commit that went through: whoever vouches has to find this too. */
  get newest(): LogPlace | undefined {
    return this.newestPlace;
  }

  open(): void {
    this.change({ status: 'open' });
  }

  shut(status: 'unverified' | 'suspect', reason: string): void {
    this.change({ status, reason });
  }

  /** To be told of every commit that is known to be stored. */
  saw(sequence: number, commitId: string): void {
    if (this.newestPlace === undefined || sequence > this.newestPlace.sequence)
      this.newestPlace = { sequence, commitId };
  }

  /** Calls back when the state changes; returns how to end that. */
  listen(listener: (state: GateState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Resolves while the gate is open, or as soon as it is. `what` is named by the error. Rejects with `LogSuspectError` at once, with
   * `LogUnverifiedError` when nobody has vouched within the time.
   */
  async passed(what: string, timeoutMs: number): Promise<void> {
    if (this.isOpen) return;
    const late = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    await this.until((state) => state.status !== 'unverified', late);
    const state = this.current;
    if (state.status === 'suspect') throw new LogSuspectError(`${what}: ${state.reason}`);
    if (state.status === 'unverified') throw new LogUnverifiedError(`${what}: ${state.reason}`);
  }

  /** Resolves as soon as the gate is open, or the signal comes. */
  async whenOpen(signal: AbortSignal): Promise<void> {
    await this.until((state) => state.status === 'open', signal);
  }

  /** For health: throws while the gate is shut. */
  check(): { readonly newest: number | undefined } {
    const state = this.current;
    if (state.status !== 'open') throw new Error(`${state.status}: ${state.reason}`);
    return { newest: this.newestPlace?.sequence };
  }

  private until(isSo: (state: GateState) => boolean, signal: AbortSignal): Promise<void> {
    if (isSo(this.current) || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        stop();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = this.listen((state) => {
        if (isSo(state)) end();
      });
      signal.addEventListener('abort', end, { once: true });
    });
  }

  private change(state: GateState): void {
    const before = this.current;
    this.current = state;
    if (before.status === state.status && reasonOf(before) === reasonOf(state)) return;
    for (const listener of [...this.listeners]) listener(state);
  }
}

const reasonOf = (state: GateState): string | undefined => (state.status === 'open' ? undefined : state.reason);
