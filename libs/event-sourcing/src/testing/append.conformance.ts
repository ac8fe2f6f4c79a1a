import { commitBytesMax } from '@hearth/contracts';
import { commitCodec, UnstorableCommitError } from '../commit-codec';
import { CommitIdTakenError, type EventStore } from '../event-store';
import { disabled, newCommit, sampleContracts, streamNamed } from './sample-commits';
import { appendAll, appended, collect, reasonsOf } from './store-under-test';

/** What is appended to streams, and what is not. */
export function describeAppend(store: () => EventStore): void {
  describe('append', () => {
    test('the log starts at position 0 and counts commits, not events', async () => {
      expect(await store().lastSequence()).toBe(0);
      const commit = { ...newCommit('one'), events: [disabled('one'), disabled('two')] };
      expect(await store().append(streamNamed('service'), 0, commit)).toEqual({ status: 'appended', sequence: 1 });
      expect(await store().lastSequence()).toBe(1);
    });

    test('a stream grows when its last position is expected, whatever happened in other streams', async () => {
      const [one, other] = [streamNamed('service'), streamNamed('service')];
      const first = await appended(store().append(one, 0, newCommit('one')));
      await appended(store().append(other, 0, newCommit('other')));
      expect(await appended(store().append(one, first, newCommit('two')))).toBe(first + 2);
    });

    test.each([
      ['0 for a stream that is not new', (_last: number) => 0],
      ['a position before the last', (last: number) => last - 1],
      ['a position after the last', (last: number) => last + 1],
    ])('expecting %s is a conflict and stores nothing', async (_what, expectation) => {
      const stream = streamNamed('service');
      const last = await appendAll(store(), stream, ['one', 'two', 'three']);
      expect(await store().append(stream, expectation(last), newCommit('late'))).toEqual({ status: 'conflict' });
      expect(reasonsOf(await collect(store().read(stream)))).toEqual(['one', 'two', 'three']);
    });

    test('expecting a position in a new stream is a conflict', async () => {
      expect(await store().append(streamNamed('service'), 7, newCommit('early'))).toEqual({ status: 'conflict' });
    });

    test('of many writers with one expectation exactly one succeeds', async () => {
      const stream = streamNamed('service');
      const results = await Promise.all([...'abcdefgh'].map((letter) => store().append(stream, 0, newCommit(letter))));
      expect(results.filter(({ status }) => status === 'appended')).toHaveLength(1);
      expect(await collect(store().read(stream))).toHaveLength(1);
    });

    test('a commit appended again counts once and keeps its position, though others came after it', async () => {
      const stream = streamNamed('service');
      const commit = newCommit('retried');
      const first = await appended(store().append(stream, 0, commit));
      const second = await appended(store().append(stream, first, newCommit('next')));
      expect(await appended(store().append(stream, 0, commit))).toBe(first);
      expect(await appended(store().append(stream, second, commit))).toBe(first);
      expect(reasonsOf(await collect(store().read(stream)))).toEqual(['retried', 'next']);
    });

    test('a commit id that stands in another stream is refused, and both streams are named', async () => {
      const [one, other] = [streamNamed('service'), streamNamed('service')];
      const commit = newCommit('mine');
      await appended(store().append(one, 0, commit));
      const failure = await store()
        .append(other, 0, commit)
        .catch((error: Error) => error);
      expect(failure).toBeInstanceOf(CommitIdTakenError);
      expect((failure as Error).message).toContain(one.id);
      expect((failure as Error).message).toContain(other.id);
      expect(await collect(store().read(other))).toEqual([]);
    });

    test.each([
      ['an event of an unknown type', [{ type: 'ServicePainted', data: {} }], /no such type/],
      ['an event that breaks its schema', [{ type: 'ServiceDisabled', data: { service: 5 } }], /service/],
      ['no event at all', [], /events|Too small/],
    ])('%s is refused and nothing is stored', async (_what, events, message) => {
      const stream = streamNamed('service');
      const attempt = store().append(stream, 0, { ...newCommit('bad'), events: events as never });
      await expect(attempt).rejects.toThrow(UnstorableCommitError);
      await expect(attempt).rejects.toThrow(message);
      expect(await store().lastSequence()).toBe(0);
    });

    test('a commit above the limit is refused with both sizes, one at the limit is stored', async () => {
      const stream = streamNamed('service');
      const overhead = commitCodec(sampleContracts).encode(stream, newCommit('')).length;
      const id = newCommit('').id;
      const room = commitBytesMax - overhead - 8;
      await appended(store().append(stream, 0, newCommit('x'.repeat(room), id)));
      const attempt = store().append(stream, 1, newCommit('x'.repeat(room + 64)));
      await expect(attempt).rejects.toThrow(new RegExp(`takes \\d+ bytes.*${commitBytesMax}`));
    });
  });
}
