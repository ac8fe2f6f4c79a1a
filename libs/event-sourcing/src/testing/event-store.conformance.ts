import { commitBytesMax, UnreadableEventError, type StreamName } from '@hearth/contracts';
import { bytesOf, commitCodec, UnreadableCommitError, UnstorableCommitError, type CommitCodec } from '../commit-codec';
import { CommitIdTakenError, type Commit, type CommitBatch, type EventStore, type FollowOptions } from '../event-store';
import { disabled, newCommit, sampleContracts, streamNamed } from './sample-commits';

/** One empty log for one test. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Puts bytes into the log past the store, as a newer or a broken writer might; returns their position. */
  appendBytes(stream: StreamName, commitId: string, bytes: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** What every adapter of the log does alike. `open` makes an empty log that uses the given codec. */
export function eventStoreConformance(name: string, open: (codec: CommitCodec) => Promise<StoreUnderTest>): void {
  describe(`${name} as an event store`, () => {
    let under: StoreUnderTest;
    let store: EventStore;
    beforeEach(async () => {
      under = await open(commitCodec(sampleContracts));
      store = under.store;
    });
    afterEach(() => under.close());

    const appendAll = async (stream: ReturnType<typeof streamNamed<'service'>>, reasons: readonly string[]) => {
      let sequence = 0;
      for (const reason of reasons) sequence = await appended(store.append(stream, sequence, newCommit(reason)));
      return sequence;
    };

    describe('append', () => {
      test('the log starts at position 0 and counts commits, not events', async () => {
        expect(await store.lastSequence()).toBe(0);
        const commit = { ...newCommit('one'), events: [disabled('one'), disabled('two')] };
        expect(await store.append(streamNamed('service'), 0, commit)).toEqual({ status: 'appended', sequence: 1 });
        expect(await store.lastSequence()).toBe(1);
      });

      test('a stream grows when its last position is expected, whatever happened in other streams', async () => {
        const [one, other] = [streamNamed('service'), streamNamed('service')];
        const first = await appended(store.append(one, 0, newCommit('one')));
        await appended(store.append(other, 0, newCommit('other')));
        expect(await appended(store.append(one, first, newCommit('two')))).toBe(first + 2);
      });

      test.each([
        ['0 for a stream that is not new', (_last: number) => 0],
        ['a position before the last', (last: number) => last - 1],
        ['a position after the last', (last: number) => last + 1],
      ])('expecting %s is a conflict and stores nothing', async (_what, expectation) => {
        const stream = streamNamed('service');
        const last = await appendAll(stream, ['one', 'two', 'three']);
        expect(await store.append(stream, expectation(last), newCommit('late'))).toEqual({ status: 'conflict' });
        expect(reasonsOf(await collect(store.read(stream)))).toEqual(['one', 'two', 'three']);
      });

      test('expecting a position in a new stream is a conflict', async () => {
        expect(await store.append(streamNamed('service'), 7, newCommit('early'))).toEqual({ status: 'conflict' });
      });

      test('of many writers with one expectation exactly one succeeds', async () => {
        const stream = streamNamed('service');
        const results = await Promise.all([...'abcdefgh'].map((letter) => store.append(stream, 0, newCommit(letter))));
        expect(results.filter(({ status }) => status === 'appended')).toHaveLength(1);
        expect(await collect(store.read(stream))).toHaveLength(1);
      });

      test('a commit appended again counts once and keeps its position, though others came after it', async () => {
        const stream = streamNamed('service');
        const commit = newCommit('retried');
        const first = await appended(store.append(stream, 0, commit));
        const second = await appended(store.append(stream, first, newCommit('next')));
        expect(await appended(store.append(stream, 0, commit))).toBe(first);
        expect(await appended(store.append(stream, second, commit))).toBe(first);
        expect(reasonsOf(await collect(store.read(stream)))).toEqual(['retried', 'next']);
      });

      test('a commit id that stands in another stream is refused, and both streams are named', async () => {
        const [one, other] = [streamNamed('service'), streamNamed('service')];
        const commit = newCommit('mine');
        await appended(store.append(one, 0, commit));
        const failure = await store.append(other, 0, commit).catch((error: Error) => error);
        expect(failure).toBeInstanceOf(CommitIdTakenError);
        expect((failure as Error).message).toContain(one.id);
        expect((failure as Error).message).toContain(other.id);
        expect(await collect(store.read(other))).toEqual([]);
      });

      test.each([
        ['an event of an unknown type', [{ type: 'ServicePainted', data: {} }], /no such type/],
        ['an event that breaks its schema', [{ type: 'ServiceDisabled', data: { service: 5 } }], /service/],
        ['no event at all', [], /events|Too small/],
      ])('%s is refused and nothing is stored', async (_what, events, message) => {
        const stream = streamNamed('service');
        const attempt = store.append(stream, 0, { ...newCommit('bad'), events: events as never });
        await expect(attempt).rejects.toThrow(UnstorableCommitError);
        await expect(attempt).rejects.toThrow(message);
        expect(await store.lastSequence()).toBe(0);
      });

      test('a commit above the limit is refused with both sizes, one at the limit is stored', async () => {
        const stream = streamNamed('service');
        const overhead = commitCodec(sampleContracts).encode(stream, newCommit('')).length;
        const id = newCommit('').id;
        const room = commitBytesMax - overhead - 8;
        await appended(store.append(stream, 0, newCommit('x'.repeat(room), id)));
        const attempt = store.append(stream, 1, newCommit('x'.repeat(room + 64)));
        await expect(attempt).rejects.toThrow(new RegExp(`takes \\d+ bytes.*${commitBytesMax}`));
      });
    });

    describe('read', () => {
      test('a stream that is new is empty', async () => {
        expect(await collect(store.read(streamNamed('service')))).toEqual([]);
      });

      test('a commit comes back as it was written, with its stream and position', async () => {
        const stream = streamNamed('service');
        const commit = {
          ...newCommit('whole'),
          causationId: 'cause',
          correlationId: 'req-1',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          events: [disabled('one'), disabled('two')],
        };
        const sequence = await appended(store.append(stream, 0, commit));
        expect(await collect(store.read(stream))).toEqual([{ ...commit, stream, sequence, storedAt: instant }]);
      });

      test.each([1, 2, 3, 17, 40])('%i commits come in order, between those of other streams', async (count) => {
        const [stream, other] = [streamNamed('service'), streamNamed('service')];
        const reasons = Array.from({ length: count }, (_, at) => `reason ${at}`);
        const sequences = { stream: 0, other: 0 };
        for (const reason of reasons) {
          sequences.stream = await appended(store.append(stream, sequences.stream, newCommit(reason)));
          sequences.other = await appended(store.append(other, sequences.other, newCommit('noise')));
        }
        const commits = await collect(store.read(stream));
        expect(reasonsOf(commits)).toEqual(reasons);
        expect(commits.map(({ sequence }) => sequence)).toEqual(reasons.map((_, at) => at * 2 + 1));
      });

      test('reading goes on after a position, its own or one of another stream', async () => {
        const stream = streamNamed('service');
        const first = await appended(store.append(stream, 0, newCommit('one')));
        const foreign = await appended(store.append(streamNamed('service'), 0, newCommit('noise')));
        const last = await appended(store.append(stream, first, newCommit('two')));
        expect(reasonsOf(await collect(store.read(stream, { afterSequence: first })))).toEqual(['two']);
        expect(reasonsOf(await collect(store.read(stream, { afterSequence: foreign })))).toEqual(['two']);
        expect(await collect(store.read(stream, { afterSequence: last }))).toEqual([]);
      });

      test.each(['node-1.example@file#pool-1', 'ünïcödé ✓', '*', '>', 'a b', '=YQ', 'x'.repeat(200)])(
        'the id %j names a stream of its own',
        async (id) => {
          const stream = streamNamed('service', id);
          await appended(store.append(stream, 0, newCommit('one')));
          await appended(store.append(streamNamed('service', `${id}2`), 0, newCommit('other')));
          const commits = await collect(store.read(stream));
          expect(reasonsOf(commits)).toEqual(['one']);
          expect(commits[0]!.stream).toEqual(stream);
        },
      );

      test('one id in two categories names two streams', async () => {
        const stream = streamNamed('service');
        await appended(store.append(stream, 0, newCommit('one')));
        expect(await collect(store.read(streamNamed('image-cache', stream.id)))).toEqual([]);
      });
    });

    describe('versions', () => {
      const stored = (version: number, data: unknown, type = 'ServiceDisabled') =>
        new TextEncoder().encode(
          JSON.stringify({
            format: 1,
            id: 'old',
            recordedAt: '2020-01-01T00:00:00.000Z',
            events: [{ type, version, data }],
          }),
        );

      test.each([
        [1, { name: 'volume' }, 'was not recorded'],
        [2, { service: 'volume' }, 'was not recorded'],
        [3, { service: 'volume', reason: 'known' }, 'known'],
      ])('an event of version %i is read in its latest shape', async (version, data, reason) => {
        const stream = streamNamed('service');
        await under.appendBytes(stream, 'old', stored(version, data));
        const [commit] = await collect(store.read(stream));
        expect(commit!.events).toEqual([{ type: 'ServiceDisabled', data: { service: 'volume', reason } }]);
        const [batch] = await followed(store, { stream, afterSequence: 0 }, 1);
        expect(batch!.commits[0]!.events).toEqual(commit!.events);
      });

      test.each([
        ['a version from the future', stored(4, {}), /v4 .*upgrade/],
        ['a type that is unknown', stored(1, {}, 'ServicePainted'), /ServicePainted/],
        ['data that does not fit', stored(3, { service: 'volume' }), /reason/],
        ['bytes that are no JSON', new TextEncoder().encode('{"format":1'), /JSON/],
        ['an unknown format of commits', new TextEncoder().encode('{"format":2}'), /format/],
      ])('%s is an error that names stream and position', async (what, bytes, message) => {
        const stream = streamNamed('service');
        const sequence = await under.appendBytes(stream, 'strange', bytes);
        const failures = [
          await collect(store.read(stream)).catch((error: Error) => error),
          await followed(store, { stream, afterSequence: 0 }, 1).catch((error: Error) => error),
        ];
        for (const failure of failures) {
          expect(failure).toBeInstanceOf(UnreadableCommitError);
          expect((failure as Error).message).toContain(`position ${sequence} (service/${stream.id})`);
          expect((failure as Error).message).toMatch(message);
          const isOfOneEvent = !what.includes('bytes') && !what.includes('format');
          if (isOfOneEvent) expect((failure as Error).cause).toBeInstanceOf(UnreadableEventError);
        }
      });
    });

    describe('follow', () => {
      test('an empty log is caught up at once', async () => {
        expect(await followed(store, { afterSequence: 0 }, 0)).toEqual([{ commits: [], caughtUp: true }]);
      });

      test('from the beginning: all commits of all categories in order, caught up with the last', async () => {
        const [one, two] = [streamNamed('service'), streamNamed('image-cache')];
        await appendAll(one, ['a', 'b']);
        await appended(store.append(two, 0, { ...newCommit('c'), events: [released] }));
        const batches = await followed(store, { afterSequence: 0 }, 3);
        expect(sequencesOf(batches)).toEqual([1, 2, 3]);
        expect(batches.at(-1)!.caughtUp).toBe(true);
        expect(batches.flatMap(({ commits }) => commits).map(({ stream }) => stream)).toEqual([one, one, two]);
      });

      test('from the middle, and then what is appended later', async () => {
        const stream = streamNamed('service');
        const last = await appendAll(stream, ['a', 'b', 'c']);
        const following = followed(store, { afterSequence: 2 }, 3);
        const next = await appended(store.append(stream, last, newCommit('d')));
        await appended(store.append(stream, next, newCommit('e')));
        expect(reasonsOf((await following).flatMap(({ commits }) => commits as Commit<'service'>[]))).toEqual([
          'c',
          'd',
          'e',
        ]);
      });

      test('a commit was stored at one instant, however often and in whatever way it is read; none before the one before it', async () => {
        const [one, other] = [streamNamed('service'), streamNamed('service')];
        await appendAll(one, [...'abcdefghijkl']);
        await appendAll(other, ['x', 'y']);
        const [followedOnce, followedAgain] = [
          storedAtOf(await followed(store, { afterSequence: 0 }, 14)),
          storedAtOf(await followed(store, { afterSequence: 7 }, 7)),
        ];
        expect(followedOnce).toEqual(Array.from({ length: 14 }, () => instant));
        expect(followedAgain).toEqual(followedOnce.slice(7));
        const read = [...(await collect(store.read(one))), ...(await collect(store.read(other)))];
        expect(read.map(({ storedAt }) => storedAt)).toEqual(followedOnce);
        expect([...followedOnce].sort()).toEqual(followedOnce);
        // What the writer said of its clock has no part in it.
        expect(followedOnce).not.toContain(newCommit('').recordedAt);
      });

      test('one category only', async () => {
        await appendAll(streamNamed('service'), ['a']);
        await appended(store.append(streamNamed('image-cache'), 0, { ...newCommit('b'), events: [released] }));
        await appendAll(streamNamed('service'), ['c']);
        expect(sequencesOf(await followed(store, { category: 'service', afterSequence: 0 }, 2))).toEqual([1, 3]);
      });

      test('one stream only, though its id has dots', async () => {
        const stream = streamNamed('service', 'host.example@file');
        await appendAll(stream, ['a']);
        await appendAll(streamNamed('service', 'host'), ['b']);
        expect(sequencesOf(await followed(store, { stream, afterSequence: 0 }, 1))).toEqual([1]);
      });

      test('at the end of its own stream a follower is caught up, though the log goes on', async () => {
        const stream = streamNamed('service');
        await appendAll(stream, ['a']);
        await appendAll(streamNamed('service'), ['b', 'c']);
        expect((await followed(store, { stream, afterSequence: 0 }, 1)).at(-1)!.caughtUp).toBe(true);
        expect(await followed(store, { stream, afterSequence: 1 }, 0)).toEqual([{ commits: [], caughtUp: true }]);
      });

      test('batches are no longer than asked for, and only the last is caught up', async () => {
        await appendAll(streamNamed('service'), [...'abcdefg']);
        const batches = await followed(store, { afterSequence: 0, batchMax: 3 }, 7);
        expect(sequencesOf(batches)).toEqual([1, 2, 3, 4, 5, 6, 7]);
        expect(Math.max(...batches.map(({ commits }) => commits.length))).toBeLessThanOrEqual(3);
        expect(batches.slice(0, -1).map(({ caughtUp }) => caughtUp)).not.toContain(true);
      });

      test('several followers see the same, each at its own pace', async () => {
        await appendAll(streamNamed('service'), [...'abcd']);
        const all = await Promise.all(
          [0, 1, 3].map((afterSequence) => followed(store, { afterSequence }, 4 - afterSequence)),
        );
        expect(all.map(sequencesOf)).toEqual([[1, 2, 3, 4], [2, 3, 4], [4]]);
      });

      test('a batch holds no more bytes than it may, but one commit where that alone has more', async () => {
        const stream = streamNamed('service');
        const reasons = ['short', 'x'.repeat(50_000), 'short', 'short', 'y'.repeat(3_000)];
        await appendAll(stream, reasons);
        const batches = await followed(store, { afterSequence: 0, batchBytesMax: 4_000 }, reasons.length);
        expect(sequencesOf(batches)).toEqual([1, 2, 3, 4, 5]);
        const tooLarge = batches.filter(({ commits }) => bytesIn(commits) > 4_000);
        expect(tooLarge.map(({ commits }) => commits.map(({ sequence }) => sequence))).toEqual([[2]]);
      });

      test('an abort ends a follower that waits', async () => {
        const controller = new AbortController();
        const batches: CommitBatch[] = [];
        for await (const batch of store.follow({ afterSequence: 0, signal: controller.signal })) {
          batches.push(batch);
          queueMicrotask(() => controller.abort());
        }
        expect(batches).toHaveLength(1);
      });

      test('a signal that is aborted already yields nothing', async () => {
        await appendAll(streamNamed('service'), ['a']);
        expect(await collect(store.follow({ afterSequence: 0, signal: AbortSignal.abort() }))).toEqual([]);
      });
    });
  });
}

/** ISO 8601, UTC, with milliseconds. */
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

const released = { type: 'released', data: { generation: 1, volumeIds: [] } } as never;

async function appended(result: ReturnType<EventStore['append']>): Promise<number> {
  const settled = await result;
  if (settled.status !== 'appended') throw new Error('the append met a conflict');
  return settled.sequence;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The batches up to the one that is caught up and completes `count` commits. */
async function followed(
  store: EventStore,
  options: Omit<FollowOptions, 'signal'>,
  count: number,
): Promise<CommitBatch[]> {
  const batches: CommitBatch[] = [];
  let seen = 0;
  for await (const batch of store.follow({ ...options, signal: new AbortController().signal })) {
    batches.push(batch);
    seen += batch.commits.length;
    if (seen >= count && batch.caughtUp) break;
  }
  return batches;
}

function sequencesOf(batches: readonly CommitBatch[]): number[] {
  return batches.flatMap(({ commits }) => commits.map(({ sequence }) => sequence));
}

function storedAtOf(batches: readonly CommitBatch[]): string[] {
  return batches.flatMap(({ commits }) => commits.map(({ storedAt }) => storedAt));
}

function bytesIn(commits: readonly Commit[]): number {
  return commits.reduce((sum, commit) => sum + bytesOf(commit)!.length, 0);
}

function reasonsOf(commits: readonly Commit<'service'>[]): (string | undefined)[] {
  return commits.flatMap(({ events }) =>
    events.map((event) => ('reason' in event.data ? event.data.reason : undefined)),
  );
}
