import type { ImageCacheEvent, ImageIdentity } from '@hearth/contracts';
import { isRefusal } from '@hearth/kernel';
import { given } from '@hearth/testing';
import { contentKey, uploadKey } from './content-key';
import type { ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import { claim, complete, contentOf, fail, generationOf, imageOf, settle } from './image-cache.examples';
import { type ImageCache, entryOf, servingEntry } from './image-cache.state';

/** What the record of an image says before there are bytes. */
const queued: ImageIdentity = { ...imageOf(1), osHashAlgo: null, osHashValue: null, checksum: null, sizeBytes: 0 };

/** An image-volume is made of a volume that is uploaded as an image. */
const begin: ImageCacheCommand = (() => {
  const { do: _do, volumeId: _volumeId, ...request } = claim(9, 1);
  return { do: 'BeginFill', ...request, image: queued, content: uploadKey(queued.id) };
})();
const uploaded: ImageCacheCommand = { ...complete(1), identity: { image: imageOf(1), content: contentOf(1) } };

/** The facts that a sequence of commands leaves behind, and the state; each must be accepted. */
function done(...commands: ImageCacheCommand[]): { facts: readonly ImageCacheEvent[]; cache: ImageCache } {
  const facts: ImageCacheEvent[] = [];
  let cache = imageCacheDecider.initialState;
  for (const command of commands) {
    const decision = imageCacheDecider.decide(command, cache);
    if (isRefusal(decision)) throw new Error(`refused: ${decision.refused}`);
    facts.push(...decision);
    cache = decision.reduce((state, event) => imageCacheDecider.evolve(state, event), cache);
  }
  return { facts, cache };
}
const after = (...commands: ImageCacheCommand[]) => done(...commands).cache;
const when = (...commands: ImageCacheCommand[]) => given(imageCacheDecider, done(...commands).facts);

describe('an entry that is made from a volume before its upload', () => {
  test('takes its room at once and serves nobody: the name of its content is none that an image has', () => {
    const cache = after(begin);
    expect(entryOf(cache, generationOf(1))).toMatchObject({ status: 'filling', content: `upload:${queued.id}` });
    expect(cache.usage).toEqual({ sizeGib: 2, count: 1 });
    for (const hashesTrusted of [true, false]) {
      const key = contentKey(queued, { hashesTrusted, signaturesVerified: true });
      expect(servingEntry(cache, key)).toBeUndefined();
    }
    when(begin).when(claim(2, 1)).thenTypes('fill-started');
  });

  test('I.42: becomes a copy of the image when the upload has ended: the first create is a hit', () => {
    when(begin).when(uploaded).thenTypes('identified', 'create');
    const cache = after(begin, uploaded);
    expect(entryOf(cache, generationOf(1))).toMatchObject({
      ...{ status: 'ready', content: contentOf(1), imageId: queued.id, image: imageOf(1) },
    });
    expect(cache.usage).toEqual({ sizeGib: 2, count: 1 });
    expect(cache.serving.get(uploadKey(queued.id))).toBeUndefined();
    when(begin, uploaded)
      .when(claim(2, 1))
      .then({ type: 'leased', data: expect.objectContaining({ generation: 1, outcome: 'hit' }) as never });
  });

  test('gives way where another copy of the image is made or serves already', () => {
    when(begin, claim(2, 1)).when(uploaded).thenRefused('image-cache.no_room');
    when(begin, claim(2, 1), complete(2), settle(2)).when(uploaded).thenRefused('image-cache.no_room');
  });

  test('goes with the upload that failed', () => {
    const cache = after(begin, fail(1, false));
    expect(entryOf(cache, generationOf(1))).toMatchObject({ status: 'retired' });
    expect(cache.usage).toEqual({ sizeGib: 0, count: 0 });
    expect(cache.serving.size).toBe(0);
  });
});
