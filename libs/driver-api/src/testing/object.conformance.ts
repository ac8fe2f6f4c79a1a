import type { ObjectRef, VolumeDriver } from '../index';
import { canClone } from '../index';
import { expectDriverError, gib, kib, samplePieces, type Subject } from './driver-under-test';

export const hostileNames = [
  '../volume-x',
  '',
  '.',
  '..',
  '/etc/passwd',
  'volume-a/b',
  'volume-a\0b',
  'volume-ä',
  'volume-a b',
  `volume-${'x'.repeat(249)}`,
];
const badSizesGib = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

export function describeObjects(subject: () => Subject): void {
  describe('objects', () => {
    test('a blank object has its size and reads as zeros', async () => {
      const object = subject().newRef();
      await subject().driver.createBlank(object, 2);
      expect(await subject().driver.describe(object)).toMatchObject({ name: object.name, sizeGib: 2 });
      await subject().expectZeros(object, 0, 64 * kib);
      await subject().expectZeros(object, 2 * gib - 64 * kib, 64 * kib);
    });

    test('creating an object again is creating it once', async () => {
      const object = subject().newRef();
      await subject().driver.createBlank(object, 1);
      await subject().driver.createBlank(object, 1);
      expect((await subject().names()).filter((name) => name === object.name)).toEqual([object.name]);
    });

    test('an object of another size is not taken for the one to create', async () => {
      const object = subject().newRef();
      await subject().driver.createBlank(object, 1);
      const error = await expectDriverError(subject().driver.createBlank(object, 2), 'exists');
      expect(error.object).toBe(object.name);
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 1 });
    });

    test('a removed object is gone, and removing it again succeeds', async () => {
      const object = subject().newRef();
      await subject().driver.createBlank(object, 1);
      await subject().driver.remove(object);
      expect(await subject().driver.describe(object)).toBeUndefined();
      expect(await subject().names()).not.toContain(object.name);
      await subject().driver.remove(object);
    });

    test('removing what never was succeeds', () => subject().driver.remove(subject().newRef()));

    test('an object that is not there is described as undefined', async () => {
      expect(await subject().driver.describe(subject().newRef())).toBeUndefined();
    });

    test('an extended object keeps its bytes, and what was added reads as zeros', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().driver.extend(object, 3);
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 3 });
      await subject().expectPieces(object, samplePieces(1));
      await subject().expectZeros(object, gib, 64 * kib);
      await subject().expectZeros(object, 3 * gib - 64 * kib, 64 * kib);
    });

    test('extending again, or to less, leaves the object as it is', async () => {
      const object = subject().newRef();
      await subject().driver.createBlank(object, 2);
      await subject().driver.extend(object, 2);
      await subject().driver.extend(object, 1);
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 2 });
    });

    test('what is not there cannot be extended', async () => {
      const object = subject().newRef();
      const error = await expectDriverError(subject().driver.extend(object, 1), 'not-found');
      expect(error.object).toBe(object.name);
    });

    test('every object is listed once, with its size', async () => {
      const objects = [subject().newRef(), subject().newRef(), subject().newRef()];
      await Promise.all(objects.map((object, index) => subject().driver.createBlank(object, index + 1)));
      const listed = new Map<string, number[]>();
      for await (const { name, sizeGib } of subject().driver.list(subject().pool)) {
        listed.set(name, [...(listed.get(name) ?? []), sizeGib]);
      }
      expect(objects.map(({ name }) => listed.get(name))).toEqual([[1], [2], [3]]);
    });

    test('objects are there for the process that comes after a crash', async () => {
      const object = await subject().written(1, samplePieces(1));
      const later = await subject().reopen();
      try {
        expect(await later.describe(object)).toMatchObject({ sizeGib: 1 });
        expect(await subject().names(later)).toContain(object.name);
      } finally {
        await later.close();
      }
    });

    test.each(hostileNames.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
      'the name %s is refused',
      async (_, name) => {
        for (const call of everyCall(subject().driver, { pool: subject().pool, name }))
          await expectDriverError(call(), 'failed');
      },
    );

    test('a pool that is not there is refused by name', async () => {
      const object = { ...subject().newRef(), pool: 'no-such-pool' };
      for (const call of everyCall(subject().driver, object)) {
        const error = await expectDriverError(call(), 'misconfigured', 'not-found');
        expect(error.message).toContain('no-such-pool');
      }
    });

    test.each(badSizesGib)('%p GiB is no size', async (sizeGib) => {
      const object = subject().newRef();
      await expectDriverError(subject().driver.createBlank(object, sizeGib), 'failed');
      await expectDriverError(subject().driver.openWriter(object, sizeGib), 'failed');
      expect(await subject().driver.describe(object)).toBeUndefined();
    });
  });
}

function everyCall(driver: VolumeDriver, object: ObjectRef): (() => Promise<unknown>)[] {
  const good = { ...object, name: 'volume-00000000-0000-4000-8000-000000000000' };
  const calls = [
    () => driver.createBlank(object, 1),
    () => driver.remove(object),
    () => driver.extend(object, 1),
    () => driver.describe(object),
    () => driver.openWriter(object, 1),
    () => driver.openReader(object),
  ];
  if (!canClone(driver)) return calls;
  return [...calls, () => driver.clone(object, good, 1), () => driver.clone(good, object, 1)];
}
