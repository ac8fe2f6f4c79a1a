import type { DriverLog } from '@hearth/driver-api';

export interface UpkeepWork {
  /** Names of all objects that may need something, at the time of the call. */
  names(): Promise<Iterable<string>>;
  /** Brings one of them to what it should be; harmless where it is that already. */
  restore(name: string): Promise<void>;
  readonly log: DriverLog;
}

/** Servers that are started, or ended, at once: each costs a process and a tenth of a second of processor time. */
export const restoredAtOnceMax = 8;
/** How long the first round is waited for, in milliseconds: with hundreds of attached volumes a backend is open before all are served. */
export const firstRoundWaitMs = 5_000;
/** From the end of a round to the next, in milliseconds. */
export const roundsEveryMs = 30_000;

/**
 * Sees to it that what attachments were promised is served: once at the start, for the host may have been restarted, and again and again,
 * for servers may die and what was missing may come back. What goes wrong is told once, and tried again in the next round.
 */
export class NbdUpkeep {
  readonly #complaints = new Map<string, string>();
  #round: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(private readonly work: UpkeepWork) {}

  /** Begins the first round; settles when that has ended, or after `firstRoundWaitMs`. Throws what `names` does. */
  async begin(): Promise<void> {
    const names = await this.work.names();
    let waiting: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (waiting = setTimeout(resolve, firstRoundWaitMs)));
    await Promise.race([this.#start(names), patience]);
    clearTimeout(waiting);
  }

  /** Begins nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #start(names?: Iterable<string>): Promise<void> {
    this.#round = this.#restoreAll(names)
      .catch((error: unknown) => this.#complain('', error))
      .finally(() => {
        if (this.#isClosed) return;
        this.#timer = setTimeout(() => void this.#start(), roundsEveryMs).unref();
      });
    return this.#round;
  }

  async #restoreAll(names?: Iterable<string>): Promise<void> {
    const waiting = [...(names ?? (await this.work.names()))];
    this.#complaints.delete('');
    const restoreNext = async () => {
      for (let name = waiting.pop(); name !== undefined && !this.#isClosed; name = waiting.pop()) {
        await this.#restoreOne(name);
      }
    };
    await Promise.all(Array.from({ length: restoredAtOnceMax }, restoreNext));
  }

  async #restoreOne(name: string): Promise<void> {
    try {
      await this.work.restore(name);
    } catch (error) {
      return this.#complain(name, error);
    }
    if (this.#complaints.delete(name)) this.work.log.info('an object is served over NBD again', { object: name });
  }

  #complain(name: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#complaints.get(name) === message) return;
    this.#complaints.set(name, message);
    this.work.log.warn('cannot restore the NBD server of an object', { object: name || null, error: message });
  }
}
