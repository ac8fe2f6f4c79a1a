import { commitBytesMax, defaultCacheRules } from '@hearth/contracts';
import { after, cached, evictedIn } from '../testing/decided-cache';
import type { ImageCacheCommand } from './image-cache.commands';
import {
  actor,
  beginFill,
  claim,
  complete,
  generationOf,
  imageOf,
  minutesLater,
  pin,
  settle,
  suspend,
} from './image-cache.examples';
import { planPrune } from './prune.decide';
import type { PruneRule } from './steward.commands';

describe('prune', () => {
  const rules: PruneRule = { kind: 'ageing', ...defaultCacheRules };
  const prune = (rule: PruneRule, minutes: number, evictionsMax = 10): ImageCacheCommand => ({
    ...{ do: 'Prune', rule, evictionsMax, at: minutesLater(minutes), by: actor },
  });
  const two = [...cached(1, 1), ...cached(2, 2)];
  test('by age takes what was not used for its time to live', () => {
    const used = [...two, claim(3, 2, { at: minutesLater(50) }), settle(3)];
    expect(evictedIn(after(...used).when(prune({ ...rules, ttlSeconds: 3_600 }, 70)))).toEqual([[1, 'ttl']]);
  });
  test('by age takes what no volume depends on, where that is to go', () => {
    const counted: ImageCacheCommand = {
      do: 'CountDependants',
      counts: [{ generation: generationOf(1), count: 0 }],
      at: minutesLater(1),
    };
    expect(evictedIn(after(...two, counted).when(prune({ ...rules, removeUnused: true }, 10_000)))).toEqual([
      [1, 'unused'],
    ]);
  });
  test('by age takes what is past its grace, pinned or not', () =>
    expect(evictedIn(after(...two, pin(1), suspend(1, 'deleted')).when(prune(rules, 61)))).toEqual([
      [1, 'image-deleted'],
    ]));
  test('takes an older content of an image that was in use when the newer one came', () => {
    const newer = claim(2, 1, { content: 'newer' });
    const both = [claim(1, 1), complete(1), newer, complete(2), settle(2), settle(1)];
    expect(evictedIn(after(...both).when(prune(rules, 1)))).toEqual([[1, 'stale']]);
    expect(evictedIn(after(...both).when(prune({ ...rules, keepGenerations: 2 }, 1)))).toEqual([]);
  });
  test('takes no older content while the newer one is filled, which may fail', () => {
    const newer = (volume: number, content: string) =>
      claim(volume, 1, { content, limits: { maxSizeGib: 0, maxCount: 0, keepGenerations: 2 } });
    const filling = [...cached(1, 1), newer(2, 'newer')];
    expect(evictedIn(after(...filling).when(prune(rules, 1)))).toEqual([]);
    const filled = [...filling, complete(2), settle(2)];
    expect(evictedIn(after(...filled).when(prune(rules, 1)))).toEqual([[1, 'stale']]);
    expect(evictedIn(after(...filled, newer(3, 'newest')).when(prune({ ...rules, keepGenerations: 2 }, 1)))).toEqual(
      [],
    );
  });
  test('of everything leaves pins, unless it is told to take them, and what is in use', () => {
    const three = [...two, ...cached(3, 3), claim(4, 3), pin(1)];
    expect(evictedIn(after(...three).when(prune({ kind: 'all', pinned: false }, 1)))).toEqual([[2, 'manual']]);
    expect(evictedIn(after(...three).when(prune({ kind: 'all', pinned: true }, 1)))).toEqual([
      [1, 'manual'],
      [2, 'manual'],
    ]);
    const image: PruneRule = { kind: 'image', imageId: imageOf(2).id, pinned: false };
    expect(evictedIn(after(...three).when(prune(image, 1)))).toEqual([[2, 'manual']]);
  });
  test('takes no more than it may, and a dry run tells all of it', () => {
    expect(evictedIn(after(...two).when(prune({ kind: 'all', pinned: false }, 1, 1)))).toEqual([[1, 'manual']]);
    const planned = [...planPrune(after(...two).state, { kind: 'all', pinned: false }, minutesLater(1))];
    expect(planned.map(({ entry, reason }) => [entry.generation, reason])).toEqual([
      [1, 'manual'],
      [2, 'manual'],
    ]);
  });
  test('of thousands is a commit that can be stored', () => {
    const made = Array.from({ length: 700 }, (_, at) => [beginFill(at + 1, at + 1), complete(at + 1)]).flat();
    const { decision } = after(...made).when(prune({ kind: 'all', pinned: false }, 1, 10_000));
    expect((decision as unknown[]).length).toBe(500);
    expect(JSON.stringify(decision).length).toBeLessThan(commitBytesMax);
  });
});
