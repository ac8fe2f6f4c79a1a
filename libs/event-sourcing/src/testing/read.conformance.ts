import type { EventStore } from '../event-store';
import { disabled, newCommit, streamNamed } from './sample-commits';
import { appended, collect, instant, reasonsOf } from './store-under-test';

/** What a stream holds, read from its beginning or from a position. */
export function describeRead(store: () => EventStore): void {
  describe('read', () => {
    test('a stream that is new is empty', async () => {
      expect(await collect(store().read(streamNamed('service')))).toEqual([]);
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
      const sequence = await appended(store().append(stream, 0, commit));
      expect(await collect(store().read(stream))).toEqual([{ ...commit, stream, sequence, storedAt: instant }]);
    });

    test.each([1, 2, 3, 17, 40])('%i commits come in order, between those of other streams', async (count) => {
      const [stream, other] = [streamNamed('service'), streamNamed('service')];
      const reasons = Array.from({ length: count }, (_, at) => `reason ${at}`);
      const sequences = { stream: 0, other: 0 };
      for (const reason of reasons) {
        sequences.stream = await appended(store().append(stream, sequences.stream, newCommit(reason)));
        sequences.other = await appended(store().append(other, sequences.other, newCommit('noise')));
      }
      const commits = await collect(store().read(stream));
      expect(reasonsOf(commits)).toEqual(reasons);
      expect(commits.map(({ sequence }) => sequence)).toEqual(reasons.map((_, at) => at * 2 + 1));
    });

    test('reading goes on after a position, its own or one of another stream', async () => {
      const stream = streamNamed('service');
      const first = await appended(store().append(stream, 0, newCommit('one')));
      const foreign = await appended(store().append(streamNamed('service'), 0, newCommit('noise')));
      const last = await appended(store().append(stream, first, newCommit('two')));
      expect(reasonsOf(await collect(store().read(stream, { afterSequence: first })))).toEqual(['two']);
      expect(reasonsOf(await collect(store().read(stream, { afterSequence: foreign })))).toEqual(['two']);
      expect(await collect(store().read(stream, { afterSequence: last }))).toEqual([]);
    });

    test.each(['node-1.example@file#pool-1', 'ünïcödé ✓', '*', '>', 'a b', '=YQ', 'x'.repeat(200)])(
      'the id %j names a stream of its own',
      async (id) => {
        const stream = streamNamed('service', id);
        await appended(store().append(stream, 0, newCommit('one')));
        await appended(store().append(streamNamed('service', `${id}2`), 0, newCommit('other')));
        const commits = await collect(store().read(stream));
        expect(reasonsOf(commits)).toEqual(['one']);
        expect(commits[0]!.stream).toEqual(stream);
      },
    );

    test('one id in two categories names two streams', async () => {
      const stream = streamNamed('service');
      await appended(store().append(stream, 0, newCommit('one')));
      expect(await collect(store().read(streamNamed('image-cache', stream.id)))).toEqual([]);
    });
  });
}
