/** Whether this process is the active projector: while it is, it knows the position itself, and need not listen for it. */
export class ActiveRole {
  private isActive = false;
  private readonly listeners = new Set<() => void>();

  /** This process is the active projector until `work` has ended. */
  async whileActive(work: () => Promise<void>): Promise<void> {
    this.change(true);
    try {
      await work();
    } finally {
      this.change(false);
    }
  }

  /** Waits until this process is not active, then runs `work`, whose signal is aborted when it becomes so, or when the given one is. */
  async whilePassive(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (this.isActive && !signal.aborted) await this.changed(signal);
    if (signal.aborted) return;
    const ended = new AbortController();
    const stop = () => ended.abort();
    this.listeners.add(stop);
    try {
      await work(AbortSignal.any([signal, ended.signal]));
    } finally {
      this.listeners.delete(stop);
    }
  }

  private changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.listeners.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.listeners.add(end);
      signal.addEventListener('abort', end);
    });
  }

  private change(isActive: boolean): void {
    this.isActive = isActive;
    for (const listener of [...this.listeners]) listener();
  }
}
