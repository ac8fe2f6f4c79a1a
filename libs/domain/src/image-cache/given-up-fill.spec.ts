import { after } from '../testing/decided-cache';
import { owedChores } from './chores';
import type { ImageCacheCommand } from './image-cache.commands';
import { beginFill, claim, complete, fail, fillStarted, generationOf, settle, volumeOf } from './image-cache.examples';
import { imageCacheDecider } from './image-cache.decide';
import { entryOf } from './image-cache.state';

const giveBack = (volume: number): ImageCacheCommand => ({
  ...{ do: 'ReturnLease', volumeId: volumeOf(volume), reason: 'the create goes on elsewhere' },
});
const everybodyLives = () => true;

describe('a fill whose create lets go of it', () => {
  test.each([
    ['goes on without the cache', giveBack(1)],
    ['has ended', settle(1, false)],
  ])('because it %s is handed on to whoever waits, in one decision', (_, end) => {
    const given = after(claim(1, 1), claim(2, 1)).when(end);
    given.then(
      expect.objectContaining({ type: end.do === 'ReturnLease' ? 'lease-ended' : 'miss' }),
      expect.objectContaining({
        type: 'fill-failed',
        data: expect.objectContaining({ transient: true, ofFiller: true }),
      }),
      { type: 'released', data: { generation: 1, volumeIds: [volumeOf(2)] } },
    );
    after(claim(1, 1), claim(2, 1), end).when(claim(2, 1)).thenTypes('fill-started');
  });
  test('fails nobody, however often that happens', () => {
    const given = [1, 2, 3, 4].flatMap((volume) => [claim(volume, 1), giveBack(volume)]);
    after(claim(9, 2), ...given)
      .when(claim(5, 1))
      .thenTypes('fill-started');
  });
  test('counts against the limits no more, and its image-volume goes', () => {
    const { state } = after(claim(1, 1), giveBack(1));
    expect(state.usage).toEqual({ sizeGib: 0, count: 0 });
    expect(owedChores(state, everybodyLives)).toMatchObject([{ do: 'reap', generation: 1 }]);
  });
});

test('a create that only waits lets go of its own claim, and of nothing else', () => {
  after(claim(1, 1), claim(2, 1)).when(giveBack(2)).thenTypes('lease-ended');
  after(claim(1, 1), fail(1, true), claim(2, 1)).when(giveBack(1)).thenTypes('lease-ended');
  after(claim(1, 1), complete(1)).when(giveBack(1)).thenTypes('lease-ended');
});

describe('a fill that its process has forgotten', () => {
  test('is to be given up, though that process lives', () => {
    const forgotten = imageCacheDecider.evolve(after(claim(1, 1)).state, {
      ...{ type: 'lease-ended', data: { generation: generationOf(1), volumeId: volumeOf(1), reason: 'of old' } },
    });
    expect(entryOf(forgotten, generationOf(1))).toMatchObject({ status: 'filling' });
    expect(owedChores(forgotten, everybodyLives)).toMatchObject([{ do: 'abandon-fill', generation: 1 }]);
  });
  test('is none while its create holds it, or where no create began it', () => {
    expect(owedChores(after(claim(1, 1)).state, everybodyLives)).toMatchObject([{ do: 'check-claim' }]);
    expect(owedChores(after(beginFill(1, 1)).state, everybodyLives)).toEqual([]);
    const begun = imageCacheDecider.evolve(imageCacheDecider.initialState, fillStarted(1, 1, { volumeId: null }));
    expect(owedChores(begun, everybodyLives)).toEqual([]);
  });
});
