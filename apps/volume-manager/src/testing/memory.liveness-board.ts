import type { HostReport } from '@hearth/contracts';
import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';

/** A board in memory: the last report of each host stands. */
export class MemoryLivenessBoard implements LivenessBoard {
  private readonly reports = new Map<string, HostReport>();

  async report(report: HostReport): Promise<void> {
    this.reports.set(report.host, report);
  }

  async hosts(): Promise<LiveHosts> {
    return new Map(this.reports);
  }

  async *watch(): AsyncIterable<LiveHosts> {
    yield new Map(this.reports);
  }

  async withdraw(host: string): Promise<void> {
    this.reports.delete(host);
  }
}
