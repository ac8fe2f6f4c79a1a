import { jetstream } from '@hearth/contracts';
import type { NatsConnection } from 'nats';
import { gzipSync } from 'node:zlib';
import { JetStreamSnapshotStore } from './jetstream.snapshot-store';
import { throwAwayStreams } from './testing/throw-away-streams';

let streams: Awaited<ReturnType<typeof throwAwayStreams>>;
let connection: NatsConnection;
beforeAll(async () => {
  streams = await throwAwayStreams();
  ({ connection } = streams);
});
afterAll(() => streams?.close());

describe('the snapshot store', () => {
  test('a snapshot comes back as it was saved, the last one wins, and big ones fit', async () => {
    const snapshots = new JetStreamSnapshotStore(connection);
    const state = { text: 'ü'.repeat(10), numbers: Array.from({ length: 300_000 }, (_, at) => at * 7919) };
    await snapshots.save('state/image-cache/host@file#p.1', { fingerprint: 'v1', sequence: 1, state: 'first' });
    await snapshots.save('state/image-cache/host@file#p.1', { fingerprint: 'v2', sequence: 2, state });
    expect(await snapshots.load('state/image-cache/host@file#p.1')).toEqual({ fingerprint: 'v2', sequence: 2, state });
    expect(await snapshots.load('state/other')).toBeUndefined();
  });

  test('a snapshot that was compressed as a whole is read, too', async () => {
    const snapshot = {
      fingerprint: 'v1',
      sequence: 7,
      state: { numbers: Array.from({ length: 99_999 }, (_, at) => at) },
    };
    const bucket = await connection.jetstream().views.os(jetstream.snapshotsBucket);
    await bucket.putBlob({ name: 'whole' }, new Uint8Array(gzipSync(JSON.stringify(snapshot))));
    expect(await new JetStreamSnapshotStore(connection).load('whole')).toEqual(snapshot);
  });

  test.each([
    ['not compressed', Buffer.from('not compressed'), /header/],
    [
      'cut off',
      gzipSync(JSON.stringify({ fingerprint: 'v1', sequence: 1, state: 'cut' })).subarray(0, -8),
      /end of file/,
    ],
    ['no JSON', gzipSync('{"fingerprint":'), /JSON/],
    ['empty', gzipSync(''), /no snapshot/],
  ])('a snapshot that is %s is a line in the log, and none', async (key, bytes, why) => {
    const lines: string[] = [];
    const name = key.replace(' ', '-');
    const bucket = await connection.jetstream().views.os(jetstream.snapshotsBucket);
    await bucket.putBlob({ name }, new Uint8Array(bytes));
    expect(await new JetStreamSnapshotStore(connection, (line) => lines.push(line)).load(name)).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^the snapshot ${name} cannot be read.*${why.source}`))]);
  });

  test('a snapshot that cannot be saved is a line in the log, and the last one stays', async () => {
    const lines: string[] = [];
    const snapshots = new JetStreamSnapshotStore(connection, (line) => lines.push(line));
    await snapshots.save('kept', { fingerprint: 'v1', sequence: 1, state: 'good' });
    await snapshots.save('kept', { fingerprint: 'v1', sequence: 2, state: 1n });
    expect(lines).toEqual([expect.stringMatching(/^the snapshot kept cannot be saved.*BigInt/)]);
    expect(await snapshots.load('kept')).toEqual({ fingerprint: 'v1', sequence: 1, state: 'good' });
  });
});
