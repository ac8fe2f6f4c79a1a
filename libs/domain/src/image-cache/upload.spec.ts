import type { ImageIdentity } from '@hearth/contracts';
import { after, decidedCache } from '../testing/decided-cache';
import { contentKey, uploadKey } from './content-key';
import type { ImageCacheCommand } from './image-cache.commands';
import { claim, complete, contentOf, fail, generationOf, imageOf, settle } from './image-cache.examples';
import { entryOf, servingEntry } from './image-cache.state';

/** What the record of an image says before there are bytes. */
const queued: ImageIdentity = { ...imageOf(1), osHashAlgo: null, osHashValue: null, checksum: null, sizeBytes: 0 };

/** An image-volume is made of a volume that is uploaded as an image. */
const begin: ImageCacheCommand = (() => {
  const { do: _do, volumeId: _volumeId, ...request } = claim(9, 1);
  return { do: 'BeginFill', ...request, image: queued, content: uploadKey(queued.id) };
})();
const uploaded: ImageCacheCommand = { ...complete(1), identity: { image: imageOf(1), content: contentOf(1) } };

describe('an entry that is made from a volume before its upload', () => {
  test('takes its room at once and serves nobody: the name of its content is none that an image has', () => {
    const cache = decidedCache(begin).cache;
    expect(entryOf(cache, generationOf(1))).toMatchObject({ status: 'filling', content: `upload:${queued.id}` });
    expect(cache.usage).toEqual({ sizeGib: 2, count: 1 });
    for (const hashesTrusted of [true, false]) {
      const key = contentKey(queued, { hashesTrusted, signaturesVerified: true });
      expect(servingEntry(cache, key)).toBeUndefined();
    }
    after(begin).when(claim(2, 1)).thenTypes('fill-started');
  });

  test('I.42: becomes a copy of the image when the upload has ended: the first create is a hit', () => {
    after(begin).when(uploaded).thenTypes('identified', 'create');
    const cache = decidedCache(begin, uploaded).cache;
    expect(entryOf(cache, generationOf(1))).toMatchObject({
      ...{ status: 'ready', content: contentOf(1), imageId: queued.id, image: imageOf(1) },
    });
    expect(cache.usage).toEqual({ sizeGib: 2, count: 1 });
    expect(cache.serving.get(uploadKey(queued.id))).toBeUndefined();
    after(begin, uploaded)
      .when(claim(2, 1))
      .then({ type: 'leased', data: expect.objectContaining({ generation: 1, outcome: 'hit' }) as never });
  });

  test('gives way where another copy of the image is made or serves already', () => {
    after(begin, claim(2, 1)).when(uploaded).thenRefused('image-cache.no_room');
    after(begin, claim(2, 1), complete(2), settle(2)).when(uploaded).thenRefused('image-cache.no_room');
  });

  test('goes with the upload that failed', () => {
    const cache = decidedCache(begin, fail(1, false)).cache;
    expect(entryOf(cache, generationOf(1))).toMatchObject({ status: 'retired' });
    expect(cache.usage).toEqual({ sizeGib: 0, count: 0 });
    expect(cache.serving.size).toBe(0);
  });
});
