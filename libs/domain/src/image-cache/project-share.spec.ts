import { after, evictedIn } from '../testing/decided-cache';
import { claim, complete, generationOf, imageOf, settle } from './image-cache.examples';

describe("a project's share", () => {
  const limits = { maxSizeGib: 10, maxCount: 0, projectSharePercent: 40 };
  const by = (project: string, volume: number, sizeGib = 2) =>
    claim(volume, volume, { limits, sizeGib, projectId: project as never });
  const ended = (project: string, volume: number) => [by(project, volume), complete(volume), settle(volume)];
  test('is made by its own entries, the least recently used first, though the cache has room', () =>
    expect(evictedIn(after(...ended('a', 1), ...ended('b', 2), ...ended('a', 3)).when(by('a', 4)))).toEqual([
      [1, 'lru'],
    ]));
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
