import { isServiceKey, jetstream, serviceKey, type ServiceReport, serviceReportSchema } from '@hearth/contracts';
import type { ServiceBoard } from '@hearth/event-sourcing';
import type { NatsConnection } from 'nats';
import { ExpiringBucket } from './expiring-bucket';
import type { LivenessBoardOptions } from './key-value.liveness-board';

/** The board of apps in the bucket of the liveness board, under keys of its own. */
export class KeyValueServiceBoard implements ServiceBoard {
  /** Opens the board, whose bucket must exist (`ensureStreams`). Throws `StoreUnavailableError`. */
  static async open(connection: NatsConnection, options: LivenessBoardOptions = {}): Promise<KeyValueServiceBoard> {
    const bucket = jetstream.livenessBucket;
    return new KeyValueServiceBoard(await ExpiringBucket.open(connection, { ...options, bucket, parse }));
  }

  private constructor(private readonly bucket: ExpiringBucket<ServiceReport>) {}

  async report(report: ServiceReport): Promise<void> {
    await this.bucket.put(serviceKey(report), serviceReportSchema.parse(report), `cannot report ${report.binary}`);
  }

  async services(): Promise<readonly ServiceReport[]> {
    return [...(await this.bucket.all()).values()];
  }

  withdraw(service: Pick<ServiceReport, 'binary' | 'host'>): Promise<void> {
    return this.bucket.remove(serviceKey(service), `cannot take ${service.binary} off the board`);
  }
}

function parse(key: string, json: unknown): ServiceReport | undefined {
  if (!isServiceKey(key)) return undefined;
  const report = serviceReportSchema.parse(json);
  const own = serviceKey(report);
  if (own !== key) throw new Error(`it speaks for ${own}`);
  return report;
}
