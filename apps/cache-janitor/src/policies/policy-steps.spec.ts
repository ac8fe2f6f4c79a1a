import type { ImageCacheEvent } from '@hearth/contracts';
import { type CachePolicyDefinition, type ImageCache, imageCacheDecider, possibleContentKeys } from '@hearth/domain';
import { actor, cachePool, complete, fillStarted, generationOf, imageOf, minutesLater } from '@hearth/domain/testing';
import { policyPrefetchId } from './policy-prefetch-id';
import { policySteps, type Selection } from './policy-steps';
import { type DefinedPolicy, type Wanted, WantedImages, wantedOf } from './wanted-images';

const one = '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
const other = '6c1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
const definition: CachePolicyDefinition = {
  ...{ name: 'latest Debian', selector: { name: 'debian' }, pools: ['*'], keep: 1, pin: true, everySeconds: 3_600 },
  enabled: true,
};
const prefetchId = policyPrefetchId(one, 'a');

/** What a policy has brought and pinned: image 1, and image 2 as well. */
function cacheWith(content?: string): ImageCache {
  const pinned = (image: number): ImageCacheEvent => ({
    type: 'pinned',
    data: { imageId: imageOf(image).id, by: { policyId: one }, note: null, at: minutesLater(0) },
  });
  const facts: ImageCacheEvent[] = [1, 2].flatMap((image) => [
    fillStarted(image, image, { volumeId: null, prefetchId, ...(image === 1 && content && { content }) }),
    { type: 'create', data: { ...complete(image).created, imageId: imageOf(image).id } } as ImageCacheEvent,
    pinned(image),
  ]);
  return facts.reduce((cache, fact) => imageCacheDecider.evolve(cache, fact), imageCacheDecider.initialState);
}

const stepsOf = (cache: ImageCache, others: readonly Wanted[] | undefined, selected = imageOf(2)) => {
  const selection: Selection = { policyId: one, definition, images: [selected] };
  const steps = policySteps(cache, selection, {
    ...{ limits: { maxSizeGib: 0, maxCount: 0 }, at: minutesLater(1), deadline: minutesLater(9), others },
    ...{ newPrefetchId: () => policyPrefetchId(one, 'b'), wasAskedFor: () => true },
  });
  return steps.map((step) => [step.do, 'generation' in step ? step.generation : 'by' in step && step.by]);
};
const wanted = (pin: boolean) => wantedOf(other, { ...definition, pin }, [imageOf(1)]);

describe('what a policy selects no more', () => {
  const own = { policyId: one };

  test('is let go of where no other wants it', () =>
    expect(stepsOf(cacheWith(), [])).toEqual([
      ['UnpinImage', own],
      ['RetireEntry', generationOf(1)],
    ]));

  test('becomes the pin of another that pins it', () =>
    expect(stepsOf(cacheWith(), [wanted(true)])).toEqual([['PinImage', { policyId: other }]]));

  test('is unpinned, and stays, for another that does not pin it', () =>
    expect(stepsOf(cacheWith(), [wanted(false)])).toEqual([['UnpinImage', own]]));

  test('stays as it is while it is not known what the others want', () =>
    expect(stepsOf(cacheWith(), undefined)).toEqual([]));

  test('stays where its content serves an image that is selected', () => {
    const twin = { ...imageOf(3), osHashAlgo: imageOf(1).osHashAlgo, osHashValue: imageOf(1).osHashValue };
    const trusted = possibleContentKeys(twin).find((key) => possibleContentKeys(imageOf(1)).includes(key))!;
    const goneWith = (image: typeof twin) =>
      stepsOf(cacheWith(trusted), [], image).flatMap(([step, what]) => (step === 'RetireEntry' ? [what] : []));
    expect(goneWith(twin)).toEqual([2]);
    expect(goneWith(imageOf(2))).toEqual([1]);
  });
});

describe('what the others want', () => {
  const defined = (patch: Partial<CachePolicyDefinition> = {}, at = minutesLater(0)): DefinedPolicy => ({
    ...{ status: 'defined', definition: { ...definition, ...patch }, by: actor, at },
  });
  const ofOthers = (images: WantedImages, policy: DefinedPolicy) =>
    images
      .ofOthers(new Map([[other, policy]]), { policyId: one, pool: cachePool })
      ?.map(({ imageIds }) => [...imageIds].map((id) => Number(id.slice(-2))));

  test('is known when they have been asked as they are defined now', () => {
    const images = new WantedImages();
    expect(ofOthers(images, defined())).toBeUndefined();
    images.found(other, defined(), [imageOf(1)]);
    expect(ofOthers(images, defined())).toEqual([[1]]);
    expect(ofOthers(images, defined({}, minutesLater(5)))).toBeUndefined();
    images.keepOnly(new Map());
    expect(ofOthers(images, defined())).toBeUndefined();
  });

  test('is what they found before when they find nothing', () => {
    const images = new WantedImages();
    images.found(other, defined(), []);
    expect(ofOthers(images, defined())).toEqual([[]]);
    images.found(other, defined(), [imageOf(1)]);
    images.found(other, defined(), []);
    expect(ofOthers(images, defined())).toEqual([[1]]);
  });
});
