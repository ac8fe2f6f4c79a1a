import type { CacheLimits } from '../eviction/limits';
import { after, decidedCache, evictedIn } from '../testing/decided-cache';
import type { ImageCacheCommand } from './image-cache.commands';
import { claim, complete, generationOf, imageOf, settle } from './image-cache.examples';

describe("a project's share", () => {
  const limits = { maxSizeGib: 10, maxCount: 0, projectSharePercent: 40 };
  const by = (project: string, volume: number, sizeGib = 2) =>
    claim(volume, volume, { limits, sizeGib, projectId: project as never });
  const claimedUnder = (rules: CacheLimits, project: string, volume: number): ImageCacheCommand[] => [
    claim(volume, volume, { limits: rules, sizeGib: 2, projectId: project as never }),
    complete(volume),
    settle(volume),
  ];
  const ended = (project: string, volume: number) => [by(project, volume), complete(volume), settle(volume)];
  test('is made by its own entries, the least recently used first, though the cache has room', () =>
    expect(evictedIn(after(...ended('a', 1), ...ended('b', 2), ...ended('a', 3)).when(by('a', 4)))).toEqual([
      [1, 'lru'],
    ]));
  test.each(['sieve', 'cost-aware'] as const)(
    'is the business of its project: what %s remembers of the others stays as it was',
    (policy) => {
      const rules = { maxSizeGib: 10, maxCount: 0, projectSharePercent: 40, policy };
      const ofProject = (project: string, volume: number) => claimedUnder(rules, project, volume);
      const others = [...ofProject('b', 1), ...ofProject('a', 2)];
      const larger: ImageCacheCommand = { do: 'SizeFill', generation: generationOf(3), sizeGib: 3, limits: rules };
      for (const ending of [
        [...ofProject('a', 3), ...ofProject('a', 4)],
        [...ofProject('a', 3).slice(0, 1), larger],
      ]) {
        const { facts, cache } = decidedCache(...others, ...ending);
        expect(evictedIn({ decision: facts })).toEqual([[2, 'limit']]);
        const { hand, inflation } = decidedCache(...others).cache;
        expect([cache.hand, cache.inflation]).toEqual([hand, inflation]);
      }
    },
  );
  test('is refused to what does not fit it', () => {
    after()
      .when(by('a', 1, 5))
      .thenRefused('image-cache.project_share');
    after(by('a', 1), by('a', 2)).when(by('a', 3)).thenRefused('image-cache.project_share');
  });
  test('does not concern hits', () =>
    after(...ended('a', 1), ...ended('a', 2))
      .when({ ...by('b', 9), ...{ image: imageOf(1), content: claim(1, 1).content } })
      .thenTypes('leased'));
  test('holds when a fill turns out larger', () =>
    after(...ended('a', 1), by('a', 2))
      .when({ do: 'SizeFill', generation: generationOf(2), sizeGib: 3, limits })
      .thenTypes('evict', 'fill-sized'));
});
