import type { ServiceReport } from '@hearth/contracts';

/**
 * Which apps live, beside the volume-managers (`LivenessBoard`). Not facts: a report vanishes when its process has been silent for the
 * board's time to live.
 */
export interface ServiceBoard {
  /** Replaces that of the same binary and host; to be called several times within the time to live. Throws `StoreUnavailableError`. */
  report(report: ServiceReport): Promise<void>;
  /** All reports that have not expired. Throws `StoreUnavailableError`. */
  services(): Promise<readonly ServiceReport[]>;
  /** Takes a process off the board at once: it is shutting down. Throws `StoreUnavailableError`. */
  withdraw(report: Pick<ServiceReport, 'binary' | 'host'>): Promise<void>;
}

export interface ServiceBeaconOptions {
  readonly board: ServiceBoard;
  readonly service: Omit<ServiceReport, 'reportedAt'>;
  /** The wall clock, ISO 8601 in UTC. */
  readonly now: () => string;
  /** Between two reports: 5,000 ms unless told. */
  readonly intervalMs?: number;
  /** Hears why a report could not be made; the next one is made all the same. */
  readonly onError: (error: unknown) => void;
}

/** Says that a process lives, at once and again and again, until it is closed. */
export class ServiceBeacon {
  private readonly timer: NodeJS.Timeout;
  private reporting: Promise<void> | undefined;

  constructor(private readonly options: ServiceBeaconOptions) {
    this.report();
    this.timer = setInterval(() => this.report(), options.intervalMs ?? 5_000);
    this.timer.unref();
  }

  /** Takes the process off the board; a board that is away forgets it by itself. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.reporting;
    const { board, service, onError } = this.options;
    await board.withdraw(service).catch(onError);
  }

  private report(): void {
    const { board, service, now, onError } = this.options;
    this.reporting ??= board
      .report({ ...service, reportedAt: now() })
      .catch(onError)
      .finally(() => (this.reporting = undefined));
  }
}
