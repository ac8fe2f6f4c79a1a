import { after, cached, evictedIn } from '../testing/decided-cache';
import type { ImageCacheCommand } from './image-cache.commands';
import { claim, generationOf, minutesLater, settle } from './image-cache.examples';
import { entryOf } from './image-cache.state';

describe('the reconcile with the backend', () => {
  const correct = (sizeGib: number, patch = {}): ImageCacheCommand => ({
    ...{ do: 'CorrectSize', generation: generationOf(2), sizeGib, at: minutesLater(1), ...patch },
  });
  const two = [...cached(1, 1), ...cached(2, 2)];
  test('corrects a size and what is counted of it', () => {
    after(...two)
      .when(correct(5))
      .then({ type: 'size-corrected', data: { generation: 2, sizeGib: 5, wasGib: 2, at: minutesLater(1) } });
    expect(after(...two, correct(5)).state.usage).toEqual({ sizeGib: 7, count: 2 });
    after(...two)
      .when(correct(2))
      .thenNothing();
    after(...two)
      .when({ ...correct(5), generation: generationOf(9) } as ImageCacheCommand)
      .thenRefused('image-cache.entry_not_found');
  });
  test('with limits makes them hold in the same decision', () =>
    expect(evictedIn(after(...two).when(correct(3, { limits: { maxSizeGib: 4, maxCount: 0 } })))).toEqual([
      [1, 'limit'],
    ]));
  test('counts dependants, those that have changed only', () => {
    const count = (...counts: [number, number][]): ImageCacheCommand => ({
      ...{ do: 'CountDependants', at: minutesLater(1) },
      counts: counts.map(([generation, each]) => ({ generation: generationOf(generation), count: each })),
    });
    after(...two)
      .when(count([1, 1], [2, 7], [9, 3]))
      .thenTypes('dependants-counted');
    expect(entryOf(after(...two, count([2, 7])).state, generationOf(2))?.dependants).toBe(7);
    expect(entryOf(after(...two, count([2, 7]), claim(3, 2), settle(3)).state, generationOf(2))?.dependants).toBe(8);
  });
  test('records what was removed and nobody knew', () =>
    after()
      .when({ do: 'RecordOrphan', objectName: 'volume-x', sizeGib: null, at: minutesLater(1) })
      .thenTypes('orphan-removed'));
  test('takes an entry whose object is gone out of service', () =>
    after(...two)
      .when({ do: 'RetireEntry', generation: generationOf(1), reason: 'lost' })
      .thenTypes('evict'));
});
