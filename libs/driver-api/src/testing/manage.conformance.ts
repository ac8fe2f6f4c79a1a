import { expectDriverError, gib, kib, samplePieces, type Subject } from './driver-under-test';

const hostileSources = ['', '.', '..', '../disk', '/etc/passwd', 'a/b', 'a\0b', 'x'.repeat(300)];

/** For drivers that take over what they did not make. */
export function describeManaging(subject: () => Subject): void {
  const driver = () => subject().managing;
  const listed = async () => {
    const found: { readonly sourceName: string; readonly sizeGib: number }[] = [];
    for await (const entry of driver().listManageable(subject().pool)) found.push(entry);
    return found;
  };

  describe('what was not made here', () => {
    const bytes = Buffer.alloc(64 * kib, 'a disk');

    test('is listed with its size, and taken over with its bytes', async () => {
      const [sourceName, target] = [subject().newStranger(), subject().newRef()];
      await subject().strangers.plant(sourceName, bytes, 2 * gib);
      expect(await listed()).toContainEqual({ sourceName, sizeGib: 2 });
      expect(await driver().adopt(subject().pool, sourceName, target)).toEqual({ sizeGib: 2 });
      expect(await driver().describe(target)).toMatchObject({ name: target.name, sizeGib: 2 });
      expect(await subject().strangers.isThere(sourceName)).toBe(false);
      await subject().expectBytes(target, 0, bytes);
      await subject().expectZeros(target, gib, 64 * kib);
    });

    test('is no object before', async () => {
      const sourceName = subject().newStranger();
      await subject().strangers.plant(sourceName, bytes, gib);
      expect(await subject().names()).not.toContain(sourceName);
    });

    test('and has no whole number of GiB grows to the next', async () => {
      const [sourceName, target] = [subject().newStranger(), subject().newRef()];
      await subject().strangers.plant(sourceName, bytes, gib + 512);
      expect(await listed()).toContainEqual({ sourceName, sizeGib: 2 });
      expect(await driver().adopt(subject().pool, sourceName, target)).toEqual({ sizeGib: 2 });
      expect(await driver().describe(target)).toMatchObject({ sizeGib: 2 });
      await subject().expectBytes(target, 0, bytes);
      await subject().expectZeros(target, 2 * gib - 64 * kib, 64 * kib);
    });

    test('is taken over once, however often that is asked for', async () => {
      const [sourceName, target] = [subject().newStranger(), subject().newRef()];
      await subject().strangers.plant(sourceName, bytes, gib);
      await driver().adopt(subject().pool, sourceName, target);
      expect(await driver().adopt(subject().pool, sourceName, target)).toEqual({ sizeGib: 1 });
      await subject().expectBytes(target, 0, bytes);
    });

    test('and is not there is refused', async () => {
      const target = subject().newRef();
      await expectDriverError(driver().adopt(subject().pool, subject().newStranger(), target), 'not-found');
      expect(await driver().describe(target)).toBeUndefined();
    });

    test('never takes the place of an object', async () => {
      const sourceName = subject().newStranger();
      await subject().strangers.plant(sourceName, bytes, gib);
      const target = await subject().written(1, samplePieces(1));
      await expectDriverError(driver().adopt(subject().pool, sourceName, target), 'exists');
      await subject().expectPieces(target, samplePieces(1));
      expect(await subject().strangers.isThere(sourceName)).toBe(true);
    });

    test.each(hostileSources)('and is called %j is refused', async (sourceName) => {
      await expectDriverError(driver().adopt(subject().pool, sourceName, subject().newRef()), 'failed');
    });

    test('in a pool that is not there is refused by name', async () => {
      const list = async () => {
        for await (const _ of driver().listManageable('no-such-pool')) throw new Error('something was listed');
      };
      const adopt = driver().adopt('no-such-pool', 'disk', { pool: 'no-such-pool', name: subject().newRef().name });
      for (const work of [list(), adopt]) {
        expect((await expectDriverError(work, 'misconfigured', 'not-found')).message).toContain('no-such-pool');
      }
    });

    test('counts in the capacity from then on', async () => {
      const [sourceName, target] = [subject().newStranger(), subject().newRef()];
      await subject().strangers.plant(sourceName, bytes, 2 * gib);
      const before = await subject().provisionedGib();
      await driver().adopt(subject().pool, sourceName, target);
      expect(await subject().provisionedGib()).toBe(before + 2);
    });
  });

  describe('an object that was let go', () => {
    test('can be taken over under another name, a clone too', async () => {
      const source = await subject().written(1, samplePieces(1));
      const clone = subject().newRef();
      await subject().cloning.clone(source, clone, 2);
      for (const [object, sizeGib] of [[source, 1] as const, [clone, 2] as const]) {
        const target = subject().newRef();
        expect(await listed()).toContainEqual({ sourceName: object.name, sizeGib });
        expect(await driver().adopt(subject().pool, object.name, target)).toEqual({ sizeGib });
        expect(await driver().adopt(subject().pool, object.name, target)).toEqual({ sizeGib });
        expect(await driver().describe(object)).toBeUndefined();
        expect(await subject().names()).not.toContain(object.name);
        await subject().expectPieces(target, samplePieces(1));
        if (sizeGib > 1) await subject().expectZeros(target, gib, 64 * kib);
      }
    });

    test('and is half written is not', async () => {
      const object = subject().newRef();
      const writer = await driver().openWriter(object, 1);
      expect((await listed()).map(({ sourceName }) => sourceName)).not.toContain(object.name);
      await expectDriverError(driver().adopt(subject().pool, object.name, subject().newRef()), 'not-found', 'busy');
      await writer.abort();
    });
  });
}
