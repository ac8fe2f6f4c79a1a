import { within } from '../host/time-limit';

/** Asks a backend one thing at a time, and waits for each answer only so long, and not at all once the process ends. */
export class Patience {
  private asked: Promise<unknown> | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly signal: AbortSignal,
  ) {}

  /** What was asked and is not answered yet: it settles when it is. Undefined when nothing is open. */
  get unanswered(): Promise<unknown> | undefined {
    return this.asked;
  }

  /** Throws `TimeLimitError`, or the signal's reason. What was asked goes on then. */
  async answer<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
    this.signal.throwIfAborted();
    const asked = ask();
    const settled = asked.catch(() => undefined).finally(() => (this.asked = undefined));
    this.asked = settled;
    let end = (): void => undefined;
    const ended = new Promise<never>((_, reject) => {
      end = () => reject(this.signal.reason as Error);
      this.signal.addEventListener('abort', end, { once: true });
    });
    try {
      return await within(this.limitMs, what, Promise.race([asked, ended]));
    } finally {
      this.signal.removeEventListener('abort', end);
    }
  }
}
