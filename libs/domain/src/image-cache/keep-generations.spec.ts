import { after, decidedCache } from '../testing/decided-cache';
import { claim, complete, settle } from './image-cache.examples';

describe('contents of one image', () => {
  const version = (volume: number, content: string, keepGenerations: number) =>
    claim(volume, 1, { content, limits: { maxSizeGib: 0, maxCount: 0, keepGenerations } });
  const versions = (keep: number) =>
    ['a', 'b', 'c'].flatMap((content, at) => [version(at + 1, content, keep), complete(at + 1), settle(at + 1)]);
  test('stay as many as are to be kept, the newest', () => {
    expect(decidedCache(...versions(1)).facts.filter(({ type }) => type === 'evict')).toHaveLength(2);
    const [gone, ...more] = decidedCache(...versions(2)).facts.filter(({ type }) => type === 'evict');
    expect(gone).toMatchObject({ data: { generation: 1, reason: 'superseded' } });
    expect(more).toEqual([]);
  });
  test('that are kept serve who asks for them', () =>
    after(...versions(2))
      .when(version(9, 'b', 2))
      .thenTypes('leased'));
});
