import { jetstream } from '@hearth/contracts';
import type { Snapshot, SnapshotStore } from '@hearth/event-sourcing';
import type { NatsConnection, ObjectStore } from 'nats';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { linesOf, SnapshotReader } from './snapshot-lines';

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
      const saved = await (await this.open()).get(key);
      if (saved === null) return undefined;
      const isWhole = saved.error.then((error) => error && Promise.reject(error));
      isWhole.catch(() => undefined);
      const reader = new SnapshotReader();
      const text = pipeline(Readable.fromWeb(saved.data), createGunzip({ chunkSize }), () => undefined);
      for await (const line of linesIn(text)) reader.add(line);
      await isWhole;
      return reader.end();
    } catch (error) {
      this.report(`the snapshot ${key} cannot be read, so its commits are folded again`, error);
      return undefined;
    }
  }

  async save(key: string, snapshot: Snapshot): Promise<void> {
    const lines = Readable.from(endedLines(snapshot), { highWaterMark: 1 });
    const bytes = pipeline(lines, createGzip({ level: 1, chunkSize }), () => undefined);
    try {
      await (await this.open()).put({ name: key }, Readable.toWeb(bytes) as ReadableStream<Uint8Array>);
    } catch (error) {
      this.report(`the snapshot ${key} cannot be saved`, error);
    } finally {
      bytes.destroy();
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

/** Of what is packed or unpacked at a time, bytes. */
const chunkSize = 64 * 1024;

function* endedLines(snapshot: Snapshot): Generator<string> {
  for (const line of linesOf(snapshot)) yield `${line}\n`;
}

async function* linesIn(text: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun: string[] = [];
  for await (const bytes of text) {
    const [end, ...starts] = decoder.decode(bytes, { stream: true }).split('\n') as [string, ...string[]];
    begun.push(end);
    for (const start of starts) {
      yield begun.join('');
      begun = [start];
    }
  }
  const last = begun.join('') + decoder.decode();
  if (last !== '') yield last;
}
