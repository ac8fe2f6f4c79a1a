import { jetstream } from '@hearth/contracts';
import type { Snapshot, SnapshotStore } from '@hearth/event-sourcing';
import type { NatsConnection, ObjectStore } from 'nats';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Snapshots in JetStream's object store, compressed; the store cuts them into chunks and checks their digest on reading. */
export class JetStreamSnapshotStore implements SnapshotStore {
  private bucket: Promise<ObjectStore> | undefined;

  /** `log` hears of failures: a snapshot is never worth an error. The bucket must exist (`ensureStreams`). */
  constructor(
    private readonly connection: NatsConnection,
    private readonly log: (line: string) => void = () => undefined,
  ) {}

  async load(key: string): Promise<Snapshot | undefined> {
    try {
      const bytes = await (await this.open()).getBlob(key);
      return bytes === null ? undefined : snapshotOf(JSON.parse((await decompress(bytes)).toString('utf8')));
    } catch (error) {
      this.report(`the snapshot ${key} cannot be read, so its commits are folded again`, error);
      return undefined;
    }
  }

  async save(key: string, snapshot: Snapshot): Promise<void> {
    try {
      const bytes = await compress(JSON.stringify(snapshot), { level: 1 });
      await (await this.open()).putBlob({ name: key }, new Uint8Array(bytes));
    } catch (error) {
      this.report(`the snapshot ${key} cannot be saved`, error);
    }
  }

  private open(): Promise<ObjectStore> {
    this.bucket ??= this.connection.jetstream({ timeout: 10_000 }).views.os(jetstream.snapshotsBucket);
    this.bucket.catch(() => (this.bucket = undefined));
    return this.bucket;
  }

  private report(what: string, error: unknown): void {
    this.log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function snapshotOf(json: unknown): Snapshot {
  const { fingerprint, sequence, state } = (json ?? {}) as Partial<Snapshot>;
  if (typeof fingerprint !== 'string' || !Number.isInteger(sequence)) throw new Error('it is no snapshot');
  return { fingerprint, sequence: sequence as number, state };
}
