import { bytesOf } from '../commit-codec';
import type { Commit, CommitBatch, EventStore } from '../event-store';
import { newCommit, streamNamed } from './sample-commits';
import { appendAll, appended, collect, followed, instant, reasonsOf } from './store-under-test';

/** What followers of the log see, from a position on and for as long as they stay. */
export function describeFollow(store: () => EventStore): void {
  describe('follow', () => {
    test('an empty log is caught up at once', async () => {
      expect(await followed(store(), { afterSequence: 0 }, 0)).toEqual([{ commits: [], caughtUp: true }]);
    });

    test('from the beginning: all commits of all categories in order, caught up with the last', async () => {
      const [one, two] = [streamNamed('service'), streamNamed('image-cache')];
      await appendAll(store(), one, ['a', 'b']);
      await appended(store().append(two, 0, { ...newCommit('c'), events: [released] }));
      const batches = await followed(store(), { afterSequence: 0 }, 3);
      expect(sequencesOf(batches)).toEqual([1, 2, 3]);
      expect(batches.at(-1)!.caughtUp).toBe(true);
      expect(batches.flatMap(({ commits }) => commits).map(({ stream }) => stream)).toEqual([one, one, two]);
    });

    test('from the middle, and then what is appended later', async () => {
      const stream = streamNamed('service');
      const last = await appendAll(store(), stream, ['a', 'b', 'c']);
      const following = followed(store(), { afterSequence: 2 }, 3);
      const next = await appended(store().append(stream, last, newCommit('d')));
      await appended(store().append(stream, next, newCommit('e')));
      expect(reasonsOf((await following).flatMap(({ commits }) => commits as Commit<'service'>[]))).toEqual([
        'c',
        'd',
        'e',
      ]);
    });

    test('a commit was stored at one instant, however often and in whatever way it is read; none before the one before it', async () => {
      const [one, other] = [streamNamed('service'), streamNamed('service')];
      await appendAll(store(), one, [...'abcdefghijkl']);
      await appendAll(store(), other, ['x', 'y']);
      const [followedOnce, followedAgain] = [
        storedAtOf(await followed(store(), { afterSequence: 0 }, 14)),
        storedAtOf(await followed(store(), { afterSequence: 7 }, 7)),
      ];
      expect(followedOnce).toEqual(Array.from({ length: 14 }, () => instant));
      expect(followedAgain).toEqual(followedOnce.slice(7));
      const read = [...(await collect(store().read(one))), ...(await collect(store().read(other)))];
      expect(read.map(({ storedAt }) => storedAt)).toEqual(followedOnce);
      expect([...followedOnce].sort()).toEqual(followedOnce);
      // What the writer said of its clock has no part in it.
      expect(followedOnce).not.toContain(newCommit('').recordedAt);
    });

    test('one category only', async () => {
      await appendAll(store(), streamNamed('service'), ['a']);
      await appended(store().append(streamNamed('image-cache'), 0, { ...newCommit('b'), events: [released] }));
      await appendAll(store(), streamNamed('service'), ['c']);
      expect(sequencesOf(await followed(store(), { category: 'service', afterSequence: 0 }, 2))).toEqual([1, 3]);
    });

    test('one stream only, though its id has dots', async () => {
      const stream = streamNamed('service', 'host.example@file');
      await appendAll(store(), stream, ['a']);
      await appendAll(store(), streamNamed('service', 'host'), ['b']);
      expect(sequencesOf(await followed(store(), { stream, afterSequence: 0 }, 1))).toEqual([1]);
    });

    test('at the end of its own stream a follower is caught up, though the log goes on', async () => {
      const stream = streamNamed('service');
      await appendAll(store(), stream, ['a']);
      await appendAll(store(), streamNamed('service'), ['b', 'c']);
      expect((await followed(store(), { stream, afterSequence: 0 }, 1)).at(-1)!.caughtUp).toBe(true);
      expect(await followed(store(), { stream, afterSequence: 1 }, 0)).toEqual([{ commits: [], caughtUp: true }]);
    });

    test('batches are no longer than asked for, and only the last is caught up', async () => {
      await appendAll(store(), streamNamed('service'), [...'abcdefg']);
      const batches = await followed(store(), { afterSequence: 0, batchMax: 3 }, 7);
      expect(sequencesOf(batches)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(Math.max(...batches.map(({ commits }) => commits.length))).toBeLessThanOrEqual(3);
      expect(batches.slice(0, -1).map(({ caughtUp }) => caughtUp)).not.toContain(true);
    });

    test('several followers see the same, each at its own pace', async () => {
      await appendAll(store(), streamNamed('service'), [...'abcd']);
      const all = await Promise.all(
        [0, 1, 3].map((afterSequence) => followed(store(), { afterSequence }, 4 - afterSequence)),
      );
      expect(all.map(sequencesOf)).toEqual([[1, 2, 3, 4], [2, 3, 4], [4]]);
    });

    test('a batch holds no more bytes than it may, but one commit where that alone has more', async () => {
      const stream = streamNamed('service');
      const reasons = ['short', 'x'.repeat(50_000), 'short', 'short', 'y'.repeat(3_000)];
      await appendAll(store(), stream, reasons);
      const batches = await followed(store(), { afterSequence: 0, batchBytesMax: 4_000 }, reasons.length);
      expect(sequencesOf(batches)).toEqual([1, 2, 3, 4, 5]);
      const tooLarge = batches.filter(({ commits }) => bytesIn(commits) > 4_000);
      expect(tooLarge.map(({ commits }) => commits.map(({ sequence }) => sequence))).toEqual([[2]]);
    });

    test('an abort ends a follower that waits', async () => {
      const controller = new AbortController();
      const batches: CommitBatch[] = [];
      for await (const batch of store().follow({ afterSequence: 0, signal: controller.signal })) {
        batches.push(batch);
        queueMicrotask(() => controller.abort());
      }
      expect(batches).toHaveLength(1);
    });

    test('a signal that is aborted already yields nothing', async () => {
      await appendAll(store(), streamNamed('service'), ['a']);
      expect(await collect(store().follow({ afterSequence: 0, signal: AbortSignal.abort() }))).toEqual([]);
    });
  });
}

const released = { type: 'released', data: { generation: 1, volumeIds: [] } } as never;

function sequencesOf(batches: readonly CommitBatch[]): number[] {
  return batches.flatMap(({ commits }) => commits.map(({ sequence }) => sequence));
}

function storedAtOf(batches: readonly CommitBatch[]): string[] {
  return batches.flatMap(({ commits }) => commits.map(({ storedAt }) => storedAt));
}

function bytesIn(commits: readonly Commit[]): number {
  return commits.reduce((sum, commit) => sum + bytesOf(commit)!.length, 0);
}
