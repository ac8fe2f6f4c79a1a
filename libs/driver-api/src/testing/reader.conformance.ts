import type { ObjectExtent, ObjectReader, ObjectRef } from '../index';
import { expectDriverError, gib, kib, mib, type Piece, samplePieces, type Subject } from './driver-under-test';

export function describeReader(subject: () => Subject, { clones }: { readonly clones: boolean }): void {
  /** Opens the object, sees that all of it is these pieces and zeros, and closes it. */
  async function expectWhole(object: ObjectRef, sizeGib: number, pieces: readonly Piece[]): Promise<void> {
    await subject().reading(object, async (reader) => {
      expect(reader.sizeBytes).toBe(sizeGib * gib);
      await expectContent(reader, pieces);
    });
  }

  describe('a reader', () => {
    test('of a blank object finds zeros', async () => {
      const object = subject().newRef();
      await subject().driver.createBlank(object, 2);
      await expectWhole(object, 2, []);
    });

    test('finds what was written, and zeros elsewhere', async () => {
      const object = await subject().written(2, samplePieces(2));
      await expectWhole(object, 2, samplePieces(2));
    });

    test('finds many small pieces of data, each in an extent', async () => {
      const pieces = Array.from({ length: 200 }, (_, i) => ({
        offset: i * 5 * mib + 4 * kib,
        bytes: Buffer.alloc(8 * kib, i + 1),
      }));
      await expectWhole(await subject().written(1, pieces), 1, pieces);
    });

    test('of an extended object finds zeros in what was added', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().driver.extend(object, 3);
      await expectWhole(object, 3, samplePieces(1));
    });

    if (clones) {
      test('of a clone finds the bytes of the source, also after the source has gone', async () => {
        const source = await subject().written(1, samplePieces(1));
        const target = subject().newRef();
        await subject().cloning.clone(source, target, 1);
        await expectWhole(target, 1, samplePieces(1));
        await subject().driver.remove(source);
        await expectWhole(target, 1, samplePieces(1));
      });

      test('of a clone that has grown, and of a clone of it, finds zeros in what was added', async () => {
        const source = await subject().written(1, samplePieces(1));
        const [child, grandchild] = [subject().newRef(), subject().newRef()];
        await subject().cloning.clone(source, child, 2);
        await subject().driver.extend(child, 3);
        await subject().cloning.clone(child, grandchild, 4);
        await subject().driver.extend(source, 5);
        await expectWhole(child, 3, samplePieces(1));
        await expectWhole(grandchild, 4, samplePieces(1));
        await expectWhole(source, 5, samplePieces(1));
      });
    }

    describe.each(clones ? ['an object as written', 'a clone'] : ['an object as written'])('of %s', (what) => {
      test('serves reads side by side, of any place and length', async () => {
        const pieces = samplePieces(1);
        const source = await subject().written(1, pieces);
        const object = what === 'a clone' ? subject().newRef() : source;
        if (object !== source) await subject().cloning.clone(source, object, 1);
        const offsets = [0, 1, 511, 4095, 100_003, 256 * kib - 1, 256 * kib, gib / 2 - 64 * kib - 3, gib - 70_001];
        const ranges = offsets.flatMap((offset) => [1, 513, 70_001].map((length) => ({ offset, length })));
        await subject().reading(object, async (reader) => {
          await Promise.all(ranges.map((range) => expectRange(reader, range, pieces)));
        });
      });
    });

    test('fills nothing beyond its target, and an empty target with nothing', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().reading(object, async (reader) => {
        const memory = Buffer.alloc(16, 0xee);
        await reader.read(100 * mib, memory.subarray(4, 12));
        expect(memory.toString('hex')).toBe('eeeeeeee0000000000000000eeeeeeee');
        await reader.read(gib, memory.subarray(0, 0));
      });
    });

    test('refuses what lies outside the object', async () => {
      await subject().reading(await subject().written(1, []), async (reader) => {
        for (const offset of [gib - 1, gib, -1, 0.5, Number.NaN]) {
          await expectDriverError(reader.read(offset, Buffer.alloc(2)), 'failed');
        }
      });
    });

    test('of what is not there is refused', async () => {
      const object = subject().newRef();
      const error = await expectDriverError(subject().driver.openReader(object), 'not-found');
      expect(error.object).toBe(object.name);
    });

    test('of what is still being written is refused', async () => {
      const object = subject().newRef();
      const writer = await subject().driver.openWriter(object, 1);
      await expectDriverError(subject().driver.openReader(object), 'not-found');
      await writer.abort();
    });

    test('never finds other bytes when the object is replaced meanwhile', async () => {
      const object = await subject().written(1, samplePieces(1));
      const reader = await subject().driver.openReader(object);
      try {
        await subject().driver.remove(object);
        await subject().written(1, samplePieces(1, 9), object);
        await expectContent(reader, samplePieces(1)).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'not-found' });
        });
      } finally {
        await reader.close();
      }
    });

    test('can be closed twice, and serves nothing afterwards', async () => {
      const reader = await subject().driver.openReader(await subject().written(1, samplePieces(1)));
      await reader.close();
      await reader.close();
      await expectDriverError(reader.read(0, Buffer.alloc(1)), 'failed');
      await expectDriverError(allOf(reader.extents()), 'failed');
    });

    test('is closed with its driver', async () => {
      const object = await subject().written(1, samplePieces(1));
      const other = await subject().reopen();
      const reader = await other.openReader(object);
      await other.close();
      await reader.close();
      await subject().expectPieces(object, samplePieces(1));
    });
  });
}

/** Sees that the extents are in order and that the object, read by them, is the pieces and zeros. */
async function expectContent(reader: ObjectReader, pieces: readonly Piece[]): Promise<void> {
  const extents = await allOf(reader.extents());
  let end = 0;
  for (const { offset, length } of extents) {
    if (offset < end || length <= 0 || offset + length > reader.sizeBytes) {
      throw new Error(`an extent of ${length} bytes at ${offset}, after ${end}, in ${reader.sizeBytes} bytes`);
    }
    end = offset + length;
  }
  for (const { offset, bytes } of pieces) expectInside(extents, offset, bytes.length);
  for (const extent of extents) {
    for (let at = 0; at < extent.length; at += mib) {
      const range = { offset: extent.offset + at, length: Math.min(mib, extent.length - at) };
      await expectRange(reader, range, pieces);
    }
  }
  for (const outside of [0, mib, reader.sizeBytes / 2 + mib, reader.sizeBytes - mib]) {
    await expectRange(reader, { offset: outside, length: mib }, pieces);
  }
}

function expectInside(extents: readonly ObjectExtent[], offset: number, length: number): void {
  let covered = offset;
  for (const extent of extents) {
    if (extent.offset <= covered) covered = Math.max(covered, extent.offset + extent.length);
  }
  if (covered < offset + length) throw new Error(`no extent has the data at ${covered}`);
}

async function expectRange(reader: ObjectReader, { offset, length }: ObjectExtent, pieces: readonly Piece[]) {
  const found = Buffer.alloc(length, 0xaa);
  await reader.read(offset, found);
  const expected = Buffer.alloc(length);
  for (const piece of pieces) {
    const from = Math.max(piece.offset, offset);
    const to = Math.min(piece.offset + piece.bytes.length, offset + length);
    if (from < to) expected.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - offset);
  }
  // Compared as a whole: a matcher would print a megabyte.
  if (!found.equals(expected)) throw new Error(`${length} bytes read at ${offset} are not what was written`);
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
