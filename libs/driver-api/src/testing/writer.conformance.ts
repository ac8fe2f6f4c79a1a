import type { DriverUnderTest, Subject } from './driver-under-test';
import { expectDriverError, gib, kib, mib, samplePieces } from './driver-under-test';

export function describeWriter(subject: () => Subject, underTest: () => DriverUnderTest): void {
  describe('a writer', () => {
    test('stores what it is given and leaves the rest as zeros', async () => {
      const object = await subject().written(2, samplePieces(2));
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 2 });
      await subject().expectPieces(object, samplePieces(2));
      await subject().expectZeros(object, 256 * kib, 64 * kib);
      await subject().expectZeros(object, gib, 64 * kib);
    });

    test('takes up room for what was written and not for the gaps', async () => {
      const pieces = Array.from({ length: 32 }, (_, i) => ({ offset: i * 32 * mib, bytes: Buffer.alloc(64 * kib, 7) }));
      const object = await subject().written(1, pieces);
      const allocatedBytes = (await subject().driver.describe(object))?.allocatedBytes;
      const allowedBytes = subject().driver.capabilities.thin ? 256 * mib : gib;
      if (allocatedBytes !== undefined) expect(allocatedBytes).toBeLessThanOrEqual(allowedBytes);
    });

    test('takes writes that do not overlap at once, in any order', async () => {
      const object = subject().newRef();
      const pieces = Array.from({ length: 16 }, (_, i) => ({ offset: i * mib, bytes: Buffer.alloc(mib, i + 1) }));
      const writer = await subject().driver.openWriter(object, 1);
      await Promise.all([...pieces].reverse().map(({ offset, bytes }) => writer.write(offset, bytes)));
      await writer.finish();
      await subject().expectPieces(object, pieces);
    });

    test('is done with the buffer when the write settles', async () => {
      const object = subject().newRef();
      const writer = await subject().driver.openWriter(object, 1);
      const buffer = Buffer.alloc(64 * kib, 1);
      await writer.write(0, buffer);
      buffer.fill(2);
      await writer.finish();
      await subject().expectBytes(object, 0, Buffer.alloc(64 * kib, 1));
    });

    test('reads what it has stored so far, and zeros where nothing was', async () => {
      const writer = await subject().driver.openWriter(subject().newRef(), 1);
      await writer.write(mib, Buffer.alloc(64 * kib, 6));
      await writer.write(mib + 32 * kib, Buffer.alloc(kib, 7));
      const found = Buffer.alloc(66 * kib, 0xaa);
      await writer.read(mib - kib, found);
      const expected = [Buffer.alloc(kib), Buffer.alloc(32 * kib, 6), Buffer.alloc(kib, 7), Buffer.alloc(31 * kib, 6)];
      expect(found.equals(Buffer.concat([...expected, Buffer.alloc(kib)]))).toBe(true);
      await writer.abort();
    });

    test('refuses what lies outside the object', async () => {
      const writer = await subject().driver.openWriter(subject().newRef(), 1);
      for (const [offset, length] of [[gib - 1, 2] as const, [-1, 1] as const, [0.5, 1] as const]) {
        await expectDriverError(writer.write(offset, Buffer.alloc(length)), 'failed');
        await expectDriverError(writer.read(offset, Buffer.alloc(length)), 'failed');
      }
      await writer.abort();
    });

    test('leaves nothing when it is aborted', async () => {
      const object = subject().newRef();
      const before = await subject().provisionedGib();
      const writer = await subject().driver.openWriter(object, 1);
      await writer.write(0, Buffer.alloc(mib, 1));
      await writer.abort();
      expect(await subject().driver.describe(object)).toBeUndefined();
      expect(await subject().names()).not.toContain(object.name);
      expect(await subject().provisionedGib()).toBe(before);
    });

    test('can be aborted although its object is gone', async () => {
      const object = subject().newRef();
      const writer = await subject().driver.openWriter(object, 1);
      await subject().driver.remove(object);
      await writer.abort();
      await writer.abort();
    });

    test('replaces a whole object of another size and content', async () => {
      const object = await subject().written(2, samplePieces(2));
      await subject().written(1, [{ offset: mib, bytes: Buffer.alloc(mib, 9) }], object);
      expect(await subject().driver.describe(object)).toMatchObject({ sizeGib: 1 });
      await subject().expectZeros(object, 0, mib);
      await subject().expectBytes(object, mib, Buffer.alloc(mib, 9));
    });

    describe('that a crash interrupted', () => {
      test('leaves remains that are listed and can be removed', async () => {
        const object = await interrupted(subject());
        expect(await subject().names()).toContain(object.name);
        await subject().driver.remove(object);
        expect(await subject().names()).not.toContain(object.name);
      });

      test('leaves nothing that a later writer would not replace', async () => {
        const object = await interrupted(subject());
        await subject().written(1, [{ offset: mib, bytes: Buffer.alloc(mib, 5) }], object);
        await subject().expectZeros(object, 0, mib);
        await subject().expectBytes(object, mib, Buffer.alloc(mib, 5));
      });
    });

    test('that finds no room says full, and leaves nothing when it is aborted', async () => {
      const small = await underTest().openSmallPool();
      try {
        const object = { pool: small.pool, name: subject().newRef().name };
        const writer = await small.driver.openWriter(object, 1);
        const error = await expectDriverError(
          fill(small.roomBytes, (offset, bytes) => writer.write(offset, bytes)),
          'full',
        );
        expect(error.object).toBe(object.name);
        await expectDriverError(writer.finish(), 'full');
        await writer.abort();
        expect(await subject().names(small.driver, small.pool)).toEqual([]);
      } finally {
        await small.driver.close();
      }
    });
  });
}

/** An object that a process was writing when it went away. */
async function interrupted(subject: Subject) {
  const object = subject.newRef();
  const crashing = await subject.reopen();
  const writer = await crashing.openWriter(object, 1);
  await writer.write(0, Buffer.alloc(mib, 1));
  await crashing.close();
  return object;
}

async function fill(roomBytes: number, write: (offset: number, bytes: Uint8Array) => Promise<void>): Promise<void> {
  const bytes = Buffer.alloc(mib, 3);
  for (let offset = 0; offset <= roomBytes; offset += mib) await write(offset, bytes);
}
