import {
  fromSubjectToken,
  hostReportSchema,
  isServiceKey,
  jetstream,
  subjectToken,
  type HostReport,
} from '@hearth/contracts';
import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';
import type { NatsConnection } from 'nats';
import { ExpiringBucket } from './expiring-bucket';

export interface LivenessBoardOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** Hears of reports that cannot be read: another version's, or not ours. */
  readonly log?: (line: string) => void;
}

/** The liveness board in a key-value bucket whose entries expire, by host. */
export class KeyValueLivenessBoard implements LivenessBoard {
  /** Opens the board, whose bucket must exist (`ensureStreams`). Throws `StoreUnavailableError`. */
  static async open(connection: NatsConnection, options: LivenessBoardOptions = {}): Promise<KeyValueLivenessBoard> {
    const bucket = jetstream.livenessBucket;
    return new KeyValueLivenessBoard(await ExpiringBucket.open(connection, { ...options, bucket, parse }));
  }

  private constructor(private readonly bucket: ExpiringBucket<HostReport>) {}

  async report(report: HostReport): Promise<void> {
    const { host } = report;
    await this.bucket.put(subjectToken(host), hostReportSchema.parse(report), `cannot report host ${host}`);
  }

  withdraw(host: string): Promise<void> {
    return this.bucket.remove(subjectToken(host), `cannot take host ${host} off the board`);
  }

  async hosts(): Promise<LiveHosts> {
    return byHost(await this.bucket.all());
  }

  async *watch(signal: AbortSignal): AsyncIterable<LiveHosts> {
    for await (const reports of this.bucket.watch(signal)) yield byHost(reports);
  }
}

function parse(key: string, json: unknown): HostReport | undefined {
  if (isServiceKey(key)) return undefined;
  const report = hostReportSchema.parse(json);
  if (report.host !== fromSubjectToken(key)) throw new Error(`it speaks for host ${report.host}`);
  return report;
}

const byHost = (reports: ReadonlyMap<string, HostReport>): LiveHosts =>
  new Map([...reports.values()].map((report) => [report.host, report]));
