import { randomUUID } from 'node:crypto';
import type { ImageUnfit, OpenImage } from '../index';
import { expectDriverError, gib, kib, mib, type Subject } from './driver-under-test';

/** For drivers that clone images from where they lie. */
export function describeImageClones(subject: () => Subject): void {
  const bytes = Buffer.alloc(3 * mib + 512, 'the bytes of an image');

  /** A test with an image of that size at its place; `image` is undefined where the driver cannot share it. */
  function withImage(name: string, sizeBytes: number, work: (image: OpenImage, imageId: string) => Promise<void>) {
    test(name, async () => {
      const imageId = randomUUID();
      const { shares } = subject().images;
      try {
        const url = await subject().images.plant(imageId, bytes, sizeBytes);
        const image = await subject().cloningImages.openImage({ imageId, url });
        if ('unfit' in image) {
          if (shares) throw new Error(`the image cannot be opened: ${image.unfit}`);
          return;
        }
        try {
          await work(image, imageId);
        } finally {
          await image.close();
        }
      } finally {
        await subject().images.remove(imageId);
      }
    });
  }

  describe('an image where it lies', () => {
    withImage('is an object after one call, with zeros beyond, and stays what it is', bytes.length, async (image) => {
      expect(image.sizeBytes).toBe(bytes.length);
      const target = subject().newRef();
      expect(await image.cloneTo(target, 2)).toEqual({ cloneMethod: subject().driver.capabilities.cloneMethod });
      expect(await subject().driver.describe(target)).toMatchObject({ name: target.name, sizeGib: 2 });
      await subject().expectBytes(target, 0, bytes);
      await subject().expectZeros(target, bytes.length, 64 * kib);
      await subject().expectZeros(target, 2 * gib - 64 * kib, 64 * kib);
    });

    withImage('is read as it lies there', bytes.length, async (image) => {
      const found = Buffer.alloc(64 * kib);
      await image.read(mib, found);
      expect(found.equals(bytes.subarray(mib, mib + found.length))).toBe(true);
      await expectDriverError(image.read(bytes.length - 1, Buffer.alloc(2)), 'failed');
    });

    withImage('serves many objects, each its own, and none needs it any more', bytes.length, async (image, imageId) => {
      const [one, other] = [subject().newRef(), subject().newRef()];
      await Promise.all([image.cloneTo(one, 1), image.cloneTo(other, 1)]);
      await image.close();
      await image.close();
      await subject().images.remove(imageId);
      await subject().driver.remove(one);
      await subject().expectBytes(other, 0, bytes);
    });

    withImage('that was cloned already is the work of an earlier call', bytes.length, async (image) => {
      const target = subject().newRef();
      await image.cloneTo(target, 1);
      await image.cloneTo(target, 1);
      await expectDriverError(image.cloneTo(target, 2), 'exists');
      await subject().expectBytes(target, 0, bytes);
    });

    withImage('that was changed since it was opened is not cloned', bytes.length, async (image, imageId) => {
      await subject().images.overwrite(imageId, Buffer.alloc(mib, 'other bytes'));
      const target = subject().newRef();
      expect(await image.cloneTo(target, 1)).toEqual({ unfit: 'changed' satisfies ImageUnfit });
      expect(await subject().driver.describe(target)).toBeUndefined();
      expect(await subject().names()).not.toContain(target.name);
    });

    withImage('has another version once its bytes are others', bytes.length, async (image, imageId) => {
      await subject().images.overwrite(imageId, Buffer.alloc(kib, 'other bytes'));
      const url = await urlOf(imageId);
      const again = await subject().cloningImages.openImage({ imageId, url });
      if ('unfit' in again) throw new Error(again.unfit);
      expect(again.version).not.toBe(image.version);
      await again.close();
    });

    withImage('that is larger than the object is refused and leaves nothing', gib + 512, async (image) => {
      const target = subject().newRef();
      await expectDriverError(image.cloneTo(target, 1), 'failed');
      expect(await subject().names()).not.toContain(target.name);
    });

    withImage('counts in the capacity once it is an object', bytes.length, async (image) => {
      const before = await subject().provisionedGib();
      await image.cloneTo(subject().newRef(), 3);
      expect(await subject().provisionedGib()).toBe(before + 3);
    });

    /** Planted anew it is another image; the place is the same. */
    async function urlOf(imageId: string): Promise<string> {
      const other = randomUUID();
      const url = await subject().images.plant(other, bytes, bytes.length);
      await subject().images.remove(other);
      return url.replace(other, imageId);
    }

    test.each(['', 'nonsense', 'http://somewhere/images', 'rbd://a/b/c/d', 'cinder://x'])(
      'at %j is taken another way',
      async (url) => {
        const answer = await subject().cloningImages.openImage({ imageId: randomUUID(), url });
        expect(answer).toEqual({ unfit: expect.any(String) });
      },
    );
  });
}
