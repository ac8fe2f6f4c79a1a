import { expectDriverError, gib, kib, mib, samplePieces, type Subject } from './driver-under-test';

/** For drivers that clone. */
export function describeClones(subject: () => Subject): void {
  describe('a clone', () => {
    test('has the bytes of its source and the size asked for, zeros beyond', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = subject().newRef();
      expect(await subject().cloning.clone(source, target, 3)).not.toBe('');
      expect(await subject().driver.describe(target)).toMatchObject({ name: target.name, sizeGib: 3 });
      expect(await subject().driver.describe(source)).toMatchObject({ sizeGib: 1 });
      await subject().expectPieces(target, samplePieces(1));
      await subject().expectZeros(target, 256 * kib, 64 * kib);
      await subject().expectZeros(target, gib, 64 * kib);
      await subject().expectZeros(target, 3 * gib - 64 * kib, 64 * kib);
    });

    test('made by the method the driver announced, says so', async () => {
      const source = await subject().written(1, samplePieces(1));
      const method = await subject().cloning.clone(source, subject().newRef(), 1);
      expect(method).toBe(subject().driver.capabilities.cloneMethod);
    });

    test('asked for again is the one made before', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = subject().newRef();
      const method = await subject().cloning.clone(source, target, 2);
      expect(await subject().cloning.clone(source, target, 2)).toBe(method);
      expect((await subject().names()).filter((name) => name === target.name)).toHaveLength(1);
      await subject().expectPieces(target, samplePieces(1));
    });

    test('asked for again is there even if its source has gone meanwhile', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = subject().newRef();
      await subject().cloning.clone(source, target, 1);
      await subject().driver.remove(source);
      await subject().cloning.clone(source, target, 1);
      await subject().expectPieces(target, samplePieces(1));
    });

    test('replaces what interrupted work left under its name', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = subject().newRef();
      const crashing = await subject().reopen();
      const writer = await crashing.openWriter(target, 2);
      await writer.write(mib, Buffer.alloc(mib, 77));
      await crashing.close();
      await subject().cloning.clone(source, target, 1);
      expect(await subject().driver.describe(target)).toMatchObject({ sizeGib: 1 });
      await subject().expectPieces(target, samplePieces(1));
      await subject().expectZeros(target, mib, mib);
    });

    test('never takes the place of another object of that name', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = await subject().written(2, samplePieces(2, 5));
      await expectDriverError(subject().cloning.clone(source, target, 1), 'exists');
      await subject().expectPieces(target, samplePieces(2, 5));
    });

    test('outlives its source, and a source its clone', async () => {
      const source = await subject().written(1, samplePieces(1));
      const [first, second] = [subject().newRef(), subject().newRef()];
      await subject().cloning.clone(source, first, 1);
      await subject().cloning.clone(source, second, 2);
      await subject().driver.remove(first);
      await subject().expectPieces(source, samplePieces(1));
      await subject().driver.remove(source);
      expect(await subject().driver.describe(source)).toBeUndefined();
      expect(await subject().names()).not.toContain(source.name);
      await subject().expectPieces(second, samplePieces(1));
    });

    test('keeps its bytes when its source is made anew with other bytes', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = subject().newRef();
      await subject().cloning.clone(source, target, 1);
      await subject().written(1, samplePieces(1, 9), source);
      await subject().expectPieces(target, samplePieces(1));
      await subject().expectPieces(source, samplePieces(1, 9));
    });

    test('can grow, and its source too, without the other noticing', async () => {
      const source = await subject().written(1, samplePieces(1));
      const target = subject().newRef();
      await subject().cloning.clone(source, target, 1);
      await subject().driver.extend(target, 2);
      expect(await subject().driver.describe(source)).toMatchObject({ sizeGib: 1 });
      await subject().driver.extend(source, 3);
      expect(await subject().driver.describe(target)).toMatchObject({ sizeGib: 2 });
      await subject().expectPieces(target, samplePieces(1));
      await subject().expectZeros(target, gib, 64 * kib);
      await subject().expectZeros(target, 2 * gib - 64 * kib, 64 * kib);
      await subject().expectPieces(source, samplePieces(1));
    });

    test('can be cloned in its turn', async () => {
      const source = await subject().written(1, samplePieces(1));
      const [child, grandchild] = [subject().newRef(), subject().newRef()];
      await subject().cloning.clone(source, child, 2);
      await subject().cloning.clone(child, grandchild, 3);
      await subject().driver.remove(child);
      await subject().driver.remove(source);
      await subject().expectPieces(grandchild, samplePieces(1));
      await subject().expectZeros(grandchild, 2 * gib, 64 * kib);
    });

    test('of a blank object is blank', async () => {
      const [source, target] = [subject().newRef(), subject().newRef()];
      await subject().driver.createBlank(source, 1);
      await subject().cloning.clone(source, target, 2);
      await subject().expectZeros(target, 0, 64 * kib);
      await subject().expectZeros(target, 2 * gib - 64 * kib, 64 * kib);
    });

    test('of a source that is not there is refused and leaves nothing', async () => {
      const [source, target] = [subject().newRef(), subject().newRef()];
      await expectDriverError(subject().cloning.clone(source, target, 1), 'not-found');
      expect(await subject().driver.describe(target)).toBeUndefined();
      expect(await subject().names()).not.toContain(target.name);
    });

    test('of an unfinished source is refused', async () => {
      const [source, target] = [subject().newRef(), subject().newRef()];
      const writer = await subject().driver.openWriter(source, 1);
      await expectDriverError(subject().cloning.clone(source, target, 1), 'not-found', 'busy');
      await writer.abort();
    });

    test('cannot be smaller than its source', async () => {
      const source = await subject().written(2, samplePieces(2));
      const target = subject().newRef();
      await expectDriverError(subject().cloning.clone(source, target, 1), 'failed');
      expect(await subject().driver.describe(target)).toBeUndefined();
    });

    test('counts in the capacity by its own size', async () => {
      const source = await subject().written(1, []);
      const before = await subject().provisionedGib();
      await subject().cloning.clone(source, subject().newRef(), 4);
      expect(await subject().provisionedGib()).toBe(before + 4);
    });

    test('is made beside as many others of its source as the driver allows', async () => {
      const source = await subject().written(1, samplePieces(1));
      const targets = Array.from({ length: subject().driver.capabilities.clonesAtOnceMax }, () => subject().newRef());
      await Promise.all(targets.map((target) => subject().cloning.clone(source, target, 1)));
      for (const target of targets) await subject().expectPieces(target, samplePieces(1).slice(0, 1));
    });
  });
}
