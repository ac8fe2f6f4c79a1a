import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';
import { within } from '../host/time-limit';

const freshMs = 1_000;
const limitMs = 2_000;

/** The liveness board, read at most once a second however many ask. */
export class RecentHosts {
  private read: { readonly at: number; readonly hosts: Promise<LiveHosts> } | undefined;

  constructor(private readonly board: Pick<LivenessBoard, 'hosts'>) {}

  /** Throws `StoreUnavailableError`, or `TimeLimitError` when the board does not answer soon. */
  hosts(): Promise<LiveHosts> {
    const now = performance.now();
    if (!this.read || now - this.read.at > freshMs) {
      const hosts = within(limitMs, 'the list of live hosts', this.board.hosts());
      const read = { at: now, hosts };
      hosts.catch(() => {
        if (this.read === read) this.read = undefined;
      });
      this.read = read;
    }
    return this.read.hosts;
  }
}
