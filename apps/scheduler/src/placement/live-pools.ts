import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';

/** After the board could not be read, in milliseconds. */
const retryWaitMs = 1_000;

/** The reports of the hosts that live, as fresh as the board has them. */
export class LivePools {
  private current: LiveHosts = new Map();
  private trouble: string | undefined = 'the liveness board has not been read yet';
  private markRead: () => void = () => undefined;
  private readonly read = new Promise<void>((resolve) => (this.markRead = resolve));

  /** `onReports` is told which pools have just reported. */
  constructor(
    private readonly board: Pick<LivenessBoard, 'watch'>,
    private readonly onReports: (pools: ReadonlySet<PoolRef>) => void,
    private readonly log: Log,
  ) {}

  get hosts(): LiveHosts {
    return this.current;
  }

  /** Why what is known may be old; undefined while all is well. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** Resolves when the board has been read for the first time. */
  firstRead(): Promise<void> {
    return this.read;
  }

  /** Watches until the signal; a board that cannot be read is tried again. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const hosts of this.board.watch(signal)) this.replace(hosts);
      } catch (error) {
        if (signal.aborted) return;
        this.trouble = `the liveness board cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        this.log.warn('the liveness board cannot be read', { error });
        await new Promise((resolve) => setTimeout(resolve, retryWaitMs));
      }
    }
  }

  private replace(hosts: LiveHosts): void {
    const before = this.current;
    this.current = hosts;
    this.trouble = undefined;
    const reported = [...hosts.values()].filter((report) => report.reportedAt !== before.get(report.host)?.reportedAt);
    this.onReports(new Set(reported.flatMap(({ pools }) => pools.map(({ pool }) => pool))));
    this.markRead();
  }
}
