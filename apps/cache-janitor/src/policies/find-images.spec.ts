import { imageOf } from '@hearth/domain/testing';
import type { ImageCatalogue, ImageFilter, ListedImage } from '@hearth/openstack-clients';
import { findImages } from './find-images';

const listed = (number: number, day: number, properties: Record<string, string> = {}): ListedImage => ({
  status: 'active',
  createdAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`,
  identity: { ...imageOf(number), name: 'debian', properties },
});

/** A list that counts how far it was read. */
function listOf(...images: ListedImage[]) {
  const read: number[] = [];
  const filters: ImageFilter[] = [];
  const catalogue: ImageCatalogue = {
    look: async () => new Map(),
    async *list(filter) {
      filters.push(filter);
      for (const [index, image] of images.entries()) {
        read.push(index);
        yield image;
      }
    },
  };
  return { catalogue, read, filters };
}
const selector = { name: 'debian' };

test('the list is read no further than the newest that are selected, and those that are as old as the last of them', async () => {
  const { catalogue, read } = listOf(listed(1, 9), listed(2, 8), listed(3, 8), listed(4, 7), listed(5, 6));
  const { images, problem } = await findImages({ selector, keep: 2 }, catalogue, {});
  expect(images.map(({ id }) => id)).toEqual([imageOf(1).id, imageOf(3).id]);
  expect([read.length, problem]).toEqual([4, undefined]);
});

test('what the image service should have left out is left out here', async () => {
  const { catalogue } = listOf(listed(1, 9), listed(2, 8, { os_distro: 'debian' }));
  const { images } = await findImages({ selector: { properties: { os_distro: 'debian' } }, keep: 1 }, catalogue, {});
  expect(images.map(({ id }) => id)).toEqual([imageOf(2).id]);
});

test('the image service is asked for public images alone, unless the selector says whose they are', async () => {
  const { catalogue, filters } = listOf();
  await findImages({ selector, keep: 1 }, catalogue, {});
  const { problem } = await findImages({ selector: { properties: { owner: 'ops' } }, keep: 1 }, catalogue, {});
  expect(filters).toEqual([
    { name: 'debian', onlyPublic: true },
    { properties: { owner: 'ops' }, onlyPublic: false },
  ]);
  expect(problem).toBe('no active image is selected');
});

test('a selector that finds nothing says so, and so does one of an image that is not there', async () => {
  const { catalogue } = listOf();
  expect(await findImages({ selector, keep: 1 }, catalogue, {})).toEqual({
    images: [],
    problem: 'no active public image is selected',
  });
  expect(await findImages({ selector: { imageId: imageOf(1).id }, keep: 1 }, catalogue, {})).toEqual({
    images: [],
    problem: 'the image is not there',
  });
});
