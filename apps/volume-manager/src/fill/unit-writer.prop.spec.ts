import fc from 'fast-check';
import type { ObjectWriter } from '@hearth/driver-api';
import type { Region } from '@hearth/image-format';
import { UnitWriter } from './unit-writer';

const unitBytes = 4096;
const sizeBytes = 8 * unitBytes + 512;

/** An object in memory whose writes end late and in another order; it refuses writes that overlap while both are under way. */
class SlowObject implements ObjectWriter {
  readonly bytes = Buffer.alloc(sizeBytes, 0xee);
  readonly touched = new Set<number>();
  private readonly running = new Set<readonly [number, number]>();
  private turns = 0;

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const span = [offset, offset + bytes.length] as const;
    for (const [from, to] of this.running) if (span[0] < to && from < span[1]) throw new Error('writes overlap');
    this.running.add(span);
    this.turns += 1;
    for (let turn = this.turns % 5; turn >= 0; turn -= 1) await Promise.resolve();
    this.bytes.set(bytes, offset);
    for (let at = offset; at < span[1]; at += 512) this.touched.add(Math.floor(at / unitBytes));
    this.running.delete(span);
  }
  finish = () => Promise.resolve();
  abort = () => Promise.resolve();
}

/** Pieces of a disk of 512-byte sectors, in any order, none twice. */
const pieces = fc
  .uniqueArray(fc.integer({ min: 0, max: sizeBytes / 512 - 1 }), { maxLength: 64 })
  .chain((sectors) =>
    fc.tuple(fc.constant(sectors), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 64, maxLength: 64 })),
  );

test('in whatever order regions come, the object ends with their bytes, and empty units stay holes', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async ([sectors, fills]) => {
      const object = new SlowObject();
      const writer = new UnitWriter(object, sizeBytes, unitBytes);
      const disk = Buffer.alloc(sizeBytes);
      for (const [index, sector] of sectors.entries()) {
        const region: Region = { offset: sector * 512, bytes: Buffer.alloc(512, fills[index]) };
        region.bytes.copy(disk, region.offset);
        await writer.write([region]);
        region.bytes.fill(0x77);
      }
      await writer.end();
      for (let unit = 0; unit * unitBytes < sizeBytes; unit += 1) {
        const span = [unit * unitBytes, Math.min(sizeBytes, (unit + 1) * unitBytes)] as const;
        const wanted = disk.subarray(...span);
        const isEmpty = wanted.every((byte) => byte === 0);
        if (isEmpty && !object.touched.has(unit)) continue;
        // What was never written reads as zeros on a real object; here 0xee would give it away.
        const found = object.bytes.subarray(...span).map((byte) => (byte === 0xee ? 0 : byte));
        expect(Buffer.compare(Buffer.from(found), wanted)).toBe(0);
      }
      const empty = [...object.touched].filter((unit) =>
        disk.subarray(unit * unitBytes, (unit + 1) * unitBytes).every((byte) => byte === 0),
      );
      expect(empty).toEqual([]);
    }),
  );
});

test('a write that fails is told by whatever is asked next', async () => {
  const object: ObjectWriter = {
    write: () => Promise.reject(new Error('no room')),
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
  const writer = new UnitWriter(object, sizeBytes, unitBytes);
  await writer.write([{ offset: 0, bytes: Buffer.alloc(2 * unitBytes, 1) }]);
  await expect(writer.end()).rejects.toThrow('no room');
});
