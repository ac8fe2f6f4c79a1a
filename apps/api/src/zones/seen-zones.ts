import type { LivenessBoard } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 1_000;

/** The availability zones in which hosts were seen. A zone stays known while its hosts are away: its volumes are still there. */
export class SeenZones {
  private readonly zones = new Set<string>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly board: LivenessBoard,
    private readonly log: Log,
  ) {}

  readonly isKnown = (zone: string): boolean => this.zones.has(zone);

  /** Takes the zones of now, and follows the board from then on. */
  async start(): Promise<void> {
    await this.look().catch((error) => this.log.warn('the hosts cannot be read just now', { error }));
    void this.watch();
  }

  stop(): void {
    this.stopped.abort();
  }

  private async look(): Promise<void> {
    this.add(await this.board.hosts());
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        for await (const hosts of this.board.watch(signal)) this.add(hosts);
      } catch (error) {
        this.log.warn('the hosts cannot be followed just now', { error });
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private add(hosts: Awaited<ReturnType<LivenessBoard['hosts']>>): void {
    for (const { pools } of hosts.values()) for (const { availabilityZone } of pools) this.zones.add(availabilityZone);
  }
}
