import { after, decidedCache } from '../testing/decided-cache';
import { owedChores } from './chores';
import type { ImageCacheCommand } from './image-cache.commands';
import { claim, complete, fail, generationOf, imageOf, imageVolumeOf, settle, volumeOf } from './image-cache.examples';
import { imageCacheDecider } from './image-cache.decide';
import { failedContentsMax } from './image-cache.evolve';
import { claimOf, emptyCache, entryOf } from './image-cache.state';
import { isRefusal } from '@hearth/kernel';

describe('single flight', () => {
  test('the first create of an image begins the fill', () => after().when(claim(1, 1)).thenTypes('fill-started'));
  test('one that comes while it runs joins it', () => after(claim(1, 1)).when(claim(2, 1)).thenTypes('joined'));
  test('I.2: one that comes later is a hit and begins at once', () =>
    after(claim(1, 1), complete(1), settle(1))
      .when(claim(2, 1))
      .then({ type: 'leased', data: { generation: 1, volumeId: volumeOf(2), outcome: 'hit', at: claim(2, 1).at } }));
  test('another image has a fill of its own', () => after(claim(1, 1)).when(claim(2, 2)).thenTypes('fill-started'));
  test('asking again changes nothing, filling or waiting', () => {
    after(claim(1, 1)).when(claim(1, 1)).thenNothing();
    after(claim(1, 1), claim(2, 1)).when(claim(2, 1)).thenNothing();
  });
});

describe('a fill that ends well', () => {
  test('makes the entry, gives the filler its lease and wakes those who waited, in one decision', () =>
    after(claim(1, 1), claim(2, 1), claim(3, 1)).when(complete(1)).thenTypes('create', 'leased', 'released'));
  test('lets those who waited clone as joined', () =>
    after(claim(1, 1), claim(2, 1), complete(1))
      .when(claim(2, 1))
      .then({ type: 'leased', data: { generation: 1, volumeId: volumeOf(2), outcome: 'joined', at: claim(2, 1).at } }));
  test('is not recorded twice', () => after(claim(1, 1), complete(1)).when(complete(1)).thenNothing());
  test('J.e: of a process that was given up makes nothing servable', () =>
    after(claim(1, 1), fail(1, true)).when(complete(1)).thenRefused('image-cache.not_filling'));
});

describe('a fill that fails', () => {
  test('for good tells everybody who waited', () =>
    after(claim(1, 1), claim(2, 1), fail(1, false)).when(claim(2, 1)).thenRefused('image-cache.fill_failed'));
  test('for now is handed to whoever comes first', () =>
    after(claim(1, 1), claim(2, 1), fail(1, true)).when(claim(2, 1)).thenTypes('fill-started'));
  test('is begun three times in all, then it has failed for good', () => {
    const third = after(claim(1, 1), fail(1, true), claim(1, 1), fail(2, true), claim(1, 1));
    expect(entryOf(third.state, generationOf(3))?.filler.attempt).toBe(3);
    third
      .when(fail(3, true))
      .then(
        expect.objectContaining({ type: 'fill-failed', data: expect.objectContaining({ transient: false }) }),
        expect.objectContaining({ type: 'released' }),
      );
  });
  test('for good is shared by a create that was released from an earlier attempt and asks late', () =>
    after(claim(1, 1), claim(2, 1), fail(1, true), claim(1, 1), fail(2, true), claim(1, 1), fail(3, true))
      .when(claim(2, 1))
      .thenRefused('image-cache.fill_failed'));
  test('does not burden a create that comes after everybody was told', () => {
    const fresh = after(claim(1, 1), fail(1, false), settle(1, false), claim(2, 1));
    expect(entryOf(fresh.state, generationOf(2))?.filler.attempt).toBe(1);
  });
});

test('failed attempts are forgotten with the last who waited', () => {
  const failedTwice = [claim(1, 1), claim(2, 1), fail(1, true), claim(1, 1), fail(2, true)];
  const attemptOf = (...commands: ImageCacheCommand[]) => {
    const { state } = after(...commands, claim(9, 1));
    return entryOf(state, generationOf(state.generations))?.filler.attempt;
  };
  expect(attemptOf(...failedTwice)).toBe(3);
  expect(attemptOf(...failedTwice, settle(1, false))).toBe(1);
  expect(attemptOf(claim(1, 1), fail(1, true), settle(1, false))).toBe(1);
});

test('failed attempts are counted of so many contents and no more, though nobody asks for them again', () => {
  let state = emptyCache;
  for (let volume = 1; volume <= failedContentsMax + 5; volume += 1) {
    for (const command of [claim(volume, volume), fail(volume, true)]) {
      const decision = imageCacheDecider.decide(command, state);
      if (isRefusal(decision)) throw new Error(decision.refused);
      state = decision.reduce(imageCacheDecider.evolve, state);
    }
  }
  expect(state.failedAttempts.size).toBe(5);
});

describe('an image that turns out larger than the cache', () => {
  test('is served without the cache to everybody who waited', () =>
    after(claim(1, 1), claim(2, 1), {
      ...fail(1, false),
      failure: { code: 'cache.not_admitted', reason: 'the image needs 9 GiB' },
    })
      .when(claim(2, 1))
      .thenRefused('image-cache.larger_than_cache'));
});

describe('a copy that proves unusable', () => {
  test('is given back and asked for anew: the successor is filled in its place', () => {
    const retired: ImageCacheCommand = { do: 'RetireEntry', generation: generationOf(1), reason: 'clone-limit' };
    const returned: ImageCacheCommand = { do: 'ReturnLease', volumeId: volumeOf(2), reason: 'clone-limit' };
    after(claim(1, 1), complete(1), settle(1), claim(2, 1), retired, returned)
      .when(claim(2, 1))
      .thenTypes('fill-started');
  });
});

describe('limits', () => {
  const limits = { maxSizeGib: 4, maxCount: 0 };
  test('make room and add in one decision, the least recently used going first', () =>
    after(claim(1, 1), complete(1), settle(1), claim(2, 2), complete(2), settle(2), claim(3, 1), settle(3))
      .when(claim(4, 3, { limits }))
      .then(
        expect.objectContaining({ type: 'evict', data: expect.objectContaining({ generation: 2, reason: 'lru' }) }),
        expect.objectContaining({ type: 'fill-started' }),
      ));
  test('I.35: which was used last is what the order of the facts says, whatever the clocks say', () => {
    const early = { at: '2020-01-01T00:00:00.000Z' };
    after(claim(1, 1), complete(1), settle(1), claim(2, 2), complete(2), settle(2), claim(3, 1, early), settle(3))
      .when(claim(4, 3, { limits }))
      .then(
        expect.objectContaining({ type: 'evict', data: expect.objectContaining({ generation: 2 }) }),
        expect.objectContaining({ type: 'fill-started' }),
      );
  });
  test('never take an entry that a create holds', () =>
    after(claim(1, 1), complete(1), claim(2, 2), complete(2))
      .when(claim(3, 3, { limits }))
      .thenRefused('image-cache.no_room'));
  test('J.6: refuse an image that is larger than the cache', () =>
    after(claim(1, 1), complete(1), settle(1))
      .when(claim(2, 2, { limits, sizeGib: 5 }))
      .thenRefused('image-cache.larger_than_cache'));
  test('hold when a fill turns out larger than was thought', () =>
    after(claim(1, 1), complete(1), settle(1), claim(2, 2))
      .when({ do: 'SizeFill', generation: generationOf(2), sizeGib: 4, limits })
      .thenTypes('evict', 'fill-sized'));
});

describe('the end of a create', () => {
  test('is one miss for the filler, one joined hit, one plain hit', () => {
    const facts = decidedCache(
      claim(1, 1),
      claim(2, 1),
      complete(1),
      settle(1),
      claim(2, 1),
      settle(2),
      claim(3, 1),
      settle(3),
    ).facts;
    const uses = facts.filter(({ type }) => type === 'hit' || type === 'miss');
    expect(uses.map(({ type, data }) => [type, 'joined' in data && data.joined])).toEqual([
      ['miss', false],
      ['hit', true],
      ['hit', false],
    ]);
  });
  test('is settled once', () => after(claim(1, 1), complete(1), settle(1)).when(settle(1)).thenNothing());
  test('without a volume is no hit', () =>
    after(claim(1, 1), complete(1), settle(1), claim(2, 1)).when(settle(2, false)).thenTypes('lease-ended'));
  test('without a volume is still the miss that it was', () =>
    after(claim(1, 1), fail(1, false))
      .when(settle(1, false))
      .then(expect.objectContaining({ type: 'miss', data: expect.objectContaining({ failed: true }) })));
});

describe('retiring', () => {
  const retire = (generation: number): ImageCacheCommand => ({
    do: 'RetireEntry',
    generation: generationOf(generation),
    reason: 'manual',
  });
  const reaped: ImageCacheCommand = { do: 'RecordReaped', generation: generationOf(1) };
  test('stops serving at once: the next create fills anew', () =>
    after(claim(1, 1), complete(1), retire(1)).when(claim(2, 1)).thenTypes('fill-started'));
  test('J.d: keeps the image-volume while a clone runs', () =>
    after(claim(1, 1), complete(1), retire(1)).when(reaped).thenRefused('image-cache.entry_leased'));
  test('lets the image-volume go once the clone has ended', () =>
    after(claim(1, 1), complete(1), retire(1), settle(1)).when(reaped).thenTypes('reaped'));
  test('an image whose content changed takes the older copy with it', () =>
    after(claim(1, 1), complete(1), settle(1))
      .when(claim(2, 1, { content: 'another' }))
      .then(
        expect.objectContaining({
          type: 'evict',
          data: expect.objectContaining({ imageId: imageOf(1).id, reason: 'stale' }),
        }),
        expect.objectContaining({ type: 'fill-started' }),
      ));
  test('lowered limits are made to hold', () =>
    after(claim(1, 1), complete(1), settle(1), claim(2, 2), complete(2), settle(2))
      .when({ do: 'TrimToLimits', limits: { maxSizeGib: 0, maxCount: 1 }, evictionsMax: 10 })
      .then(
        expect.objectContaining({ type: 'evict', data: expect.objectContaining({ generation: 1, reason: 'limit' }) }),
      ));
});

describe('chores', () => {
  const everybodyLives = () => true;
  test('a healthy fill owes nothing but a look at its claims', () =>
    expect(owedChores(after(claim(1, 1)).state, everybodyLives)).toEqual([
      { do: 'check-claim', volumeId: volumeOf(1) },
    ]));
  test('a fill whose process died is given up', () =>
    expect(owedChores(after(claim(1, 1)).state, () => false)[0]).toMatchObject({ do: 'abandon-fill', generation: 1 }));
  test('the object of a failed fill is removed', () =>
    expect(owedChores(after(claim(1, 1), fail(1, false)).state, everybodyLives)).toContainEqual({
      do: 'reap',
      generation: 1,
      imageVolumeId: imageVolumeOf(1),
    }));
  test("nothing is owed for a ready entry in nobody's use", () =>
    expect(owedChores(after(claim(1, 1), complete(1), settle(1)).state, everybodyLives)).toEqual([]));
  test('a claim that nobody settled is looked at', () => {
    const state = after(claim(1, 1), complete(1)).state;
    expect(claimOf(state, volumeOf(1))?.claim.stage).toBe('leased');
    expect(owedChores(state, everybodyLives)).toEqual([{ do: 'check-claim', volumeId: volumeOf(1) }]);
  });
});
