import { randomUUID } from 'node:crypto';
import type { ObjectRef } from '../index';
import { expectDriverError, gib, kib, mib, type Piece, samplePieces, type Subject } from './driver-under-test';
import { hostileNames } from './object.conformance';

/** Other bytes in the places of the sample, and in one where it has none. */
function otherPieces(sizeGib: number, seed: number): Piece[] {
  return [...samplePieces(sizeGib, seed), { offset: 8 * mib, bytes: Buffer.alloc(64 * kib, seed) }];
}

/** For drivers that make snapshots, and connect. */
export function describeSnapshots(subject: () => Subject): void {
  const driver = () => subject().snapshotting;
  const expectSample = async (object: ObjectRef) => {
    await subject().expectPieces(object, samplePieces(1));
    await subject().expectZeros(object, 8 * mib, 64 * kib);
  };

  describe('a snapshot', () => {
    test('keeps the bytes of its moment, and gives them back', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      expect(await driver().describeSnapshot(snapshot)).toEqual({ sizeGib: 1 });
      await subject().overwrite(object, otherPieces(1, 9));
      await subject().expectPieces(object, otherPieces(1, 9));
      await driver().revertToSnapshot(snapshot);
      await expectSample(object);
      expect(await driver().describeSnapshot(snapshot)).toEqual({ sizeGib: 1 });
    });

    test('leaves its object as it is', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().snapshotOf(object);
      await expectSample(object);
      expect(await driver().describe(object)).toMatchObject({ name: object.name, sizeGib: 1 });
      await subject().reading(object, async (reader) => {
        const found = Buffer.alloc(256 * kib);
        await reader.read(0, found);
        expect(found.equals(samplePieces(1)[0]!.bytes)).toBe(true);
      });
    });

    test('taken again is the one taken before', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      await subject().overwrite(object, otherPieces(1, 9));
      await driver().createSnapshot(snapshot);
      await driver().revertToSnapshot(snapshot);
      await expectSample(object);
    });

    test('stands beside others, each with its own bytes, in whatever order they are gone back to', async () => {
      const object = await subject().written(1, samplePieces(1));
      const first = await subject().snapshotOf(object);
      await subject().overwrite(object, otherPieces(1, 20));
      const second = await subject().snapshotOf(object);
      await subject().overwrite(object, otherPieces(1, 30));
      const third = await subject().snapshotOf(object);
      await driver().revertToSnapshot(first);
      await expectSample(object);
      await driver().revertToSnapshot(third);
      await subject().expectPieces(object, otherPieces(1, 30));
      await driver().revertToSnapshot(second);
      await driver().revertToSnapshot(second);
      await subject().expectPieces(object, otherPieces(1, 20));
      await driver().removeSnapshot(second);
      await driver().revertToSnapshot(third);
      await subject().expectPieces(object, otherPieces(1, 30));
      await driver().revertToSnapshot(first);
      await expectSample(object);
    });

    test('goes, and its object stays', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      await driver().removeSnapshot(snapshot);
      await driver().removeSnapshot(snapshot);
      expect(await driver().describeSnapshot(snapshot)).toBeUndefined();
      await expectSample(object);
      await subject().overwrite(object, otherPieces(1, 9));
      await subject().expectPieces(object, otherPieces(1, 9));
    });

    test('that never was, or whose object never was, is removed with success', async () => {
      const object = await subject().written(1, []);
      await driver().removeSnapshot(subject().newSnapshot(object));
      await driver().removeSnapshot(subject().newSnapshot(subject().newRef()));
    });

    test('is no object, and keeps its object from being removed', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      expect((await subject().names()).filter((name) => name === object.name)).toHaveLength(1);
      expect((await subject().names()).filter((name) => name.includes(snapshot.name))).toEqual([]);
      const error = await expectDriverError(driver().remove(object), 'has-dependants');
      expect(error.object).toBe(object.name);
      await expectSample(object);
      await driver().removeSnapshot(snapshot);
      await driver().remove(object);
      expect(await subject().names()).not.toContain(object.name);
    });

    test('is there for the process that comes after a crash', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      const later = await subject().reopen();
      try {
        await expectDriverError(later.remove(object), 'has-dependants');
      } finally {
        await later.close();
      }
      expect(await driver().describeSnapshot(snapshot)).toEqual({ sizeGib: 1 });
    });

    test('of an object that grows keeps its size, and going back leaves the object its own', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      await driver().extend(object, 3);
      expect(await driver().describeSnapshot(snapshot)).toEqual({ sizeGib: 1 });
      await subject().overwrite(object, [{ offset: 2 * gib, bytes: Buffer.alloc(64 * kib, 9) }]);
      const larger = await subject().snapshotOf(object);
      await driver().revertToSnapshot(snapshot);
      expect(await driver().describe(object)).toMatchObject({ sizeGib: 3 });
      await expectSample(object);
      await subject().expectZeros(object, 2 * gib, 64 * kib);
      await driver().revertToSnapshot(larger);
      await subject().expectBytes(object, 2 * gib, Buffer.alloc(64 * kib, 9));
      expect(await driver().describeSnapshot(larger)).toEqual({ sizeGib: 3 });
      expect(await driver().describeSnapshot(snapshot)).toEqual({ sizeGib: 1 });
    });

    test('of a clone needs nothing but itself', async () => {
      const source = await subject().written(1, samplePieces(1));
      const object = subject().newRef();
      await subject().cloning.clone(source, object, 2);
      const snapshot = await subject().snapshotOf(object);
      await driver().remove(source);
      await subject().overwrite(object, otherPieces(1, 9));
      await driver().revertToSnapshot(snapshot);
      await expectSample(object);
      expect(await driver().describe(object)).toMatchObject({ sizeGib: 2 });
    });

    test('after many others is as good as the first', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshots = [await subject().snapshotOf(object)];
      for (let round = 1; round <= 8; round++) {
        await subject().overwrite(object, [{ offset: round * mib, bytes: Buffer.alloc(64 * kib, round) }]);
        snapshots.push(await subject().snapshotOf(object));
      }
      await driver().revertToSnapshot(snapshots[4]!);
      await subject().expectBytes(object, 4 * mib, Buffer.alloc(64 * kib, 4));
      await subject().expectZeros(object, 5 * mib, 64 * kib);
      await subject().expectPieces(object, samplePieces(1));
    });

    test('of an object in use is one moment of it, or refused', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = subject().newSnapshot(object);
      await subject().connected(object, async (info) => {
        await subject().guest.write(info, 8 * mib, Buffer.alloc(64 * kib, 7));
        if (driver().capabilities.snapshotsInUse) await driver().createSnapshot(snapshot);
        else await expectDriverError(driver().createSnapshot(snapshot), 'busy');
        await subject().guest.write(info, 8 * mib, Buffer.alloc(64 * kib, 8));
      });
      if (!driver().capabilities.snapshotsInUse) return;
      await driver().revertToSnapshot(snapshot);
      await subject().expectBytes(object, 8 * mib, Buffer.alloc(64 * kib, 7));
    });

    test('is not gone back to while its object is in use', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      await subject().overwrite(object, otherPieces(1, 9));
      await subject().connected(object, () => expectDriverError(driver().revertToSnapshot(snapshot), 'busy'));
      await subject().expectPieces(object, otherPieces(1, 9));
    });

    test('of what is not there is refused', async () => {
      const absent = subject().newRef();
      await expectDriverError(driver().createSnapshot(subject().newSnapshot(absent)), 'not-found');
      await expectDriverError(driver().revertToSnapshot(subject().newSnapshot(absent)), 'not-found');
      expect(await driver().describeSnapshot(subject().newSnapshot(absent))).toBeUndefined();
      expect(await subject().names()).not.toContain(absent.name);
      const object = await subject().written(1, []);
      await expectDriverError(driver().revertToSnapshot(subject().newSnapshot(object)), 'not-found');
    });

    test.each(hostileNames.map((name) => name.replace('volume', 'snapshot')))('called %j is refused', async (name) => {
      const object = await subject().written(1, []);
      const good = { object, name: `snapshot-${randomUUID()}` };
      const wrong = { ...good, name };
      const elsewhere = { ...good, object: { ...object, name: name.replace('snapshot', 'volume') } };
      for (const snapshot of [wrong, elsewhere]) {
        await expectDriverError(driver().createSnapshot(snapshot), 'failed');
        await expectDriverError(driver().removeSnapshot(snapshot), 'failed');
        await expectDriverError(driver().revertToSnapshot(snapshot), 'failed');
        await expectDriverError(driver().describeSnapshot(snapshot), 'failed');
        await expectDriverError(driver().cloneSnapshot(snapshot, subject().newRef(), 1), 'failed');
      }
    });

    test('in a pool that is not there is refused by name', async () => {
      const object = { ...subject().newRef(), pool: 'no-such-pool' };
      const snapshot = { object, name: `snapshot-${randomUUID()}` };
      for (const call of [
        () => driver().createSnapshot(snapshot),
        () => driver().removeSnapshot(snapshot),
        () => driver().revertToSnapshot(snapshot),
        () => driver().describeSnapshot(snapshot),
        () => driver().cloneSnapshot(snapshot, subject().newRef(), 1),
      ]) {
        const error = await expectDriverError(call(), 'misconfigured', 'not-found');
        expect(error.message).toContain('no-such-pool');
      }
    });
  });

  describe('a clone of a snapshot', () => {
    test('has its bytes and the size asked for, and says how it was made', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      await subject().overwrite(object, otherPieces(1, 9));
      const target = subject().newRef();
      expect(await driver().cloneSnapshot(snapshot, target, 3)).not.toBe('');
      expect(await driver().describe(target)).toMatchObject({ sizeGib: 3 });
      await expectSample(target);
      await subject().expectZeros(target, 2 * gib, 64 * kib);
      await subject().expectPieces(object, otherPieces(1, 9));
    });

    test('goes its own way: neither the snapshot nor the object notices, nor it what becomes of them', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      const [written, kept] = [subject().newRef(), subject().newRef()];
      await driver().cloneSnapshot(snapshot, written, 1);
      await driver().cloneSnapshot(snapshot, kept, 1);
      await subject().overwrite(written, otherPieces(1, 9));
      await expectSample(object);
      await driver().revertToSnapshot(snapshot);
      await expectSample(object);
      await driver().removeSnapshot(snapshot);
      await subject().overwrite(object, otherPieces(1, 30));
      await driver().remove(object);
      await expectSample(kept);
      await subject().expectPieces(written, otherPieces(1, 9));
    });

    test('made again is the one made before, also when the snapshot has gone', async () => {
      const object = await subject().written(1, samplePieces(1));
      const snapshot = await subject().snapshotOf(object);
      const target = subject().newRef();
      const method = await driver().cloneSnapshot(snapshot, target, 2);
      expect(await driver().cloneSnapshot(snapshot, target, 2)).toBe(method);
      await driver().removeSnapshot(snapshot);
      expect(await driver().cloneSnapshot(snapshot, target, 2)).toBe(method);
      await expectDriverError(driver().cloneSnapshot(snapshot, target, 3), 'exists');
      await expectSample(target);
    });

    test('can be made a snapshot of in its turn', async () => {
      const object = await subject().written(1, samplePieces(1));
      const child = subject().newRef();
      await driver().cloneSnapshot(await subject().snapshotOf(object), child, 1);
      await subject().overwrite(child, otherPieces(1, 9));
      const grandchild = subject().newRef();
      await driver().cloneSnapshot(await subject().snapshotOf(child), grandchild, 2);
      await subject().expectPieces(grandchild, otherPieces(1, 9));
      await expectSample(object);
    });

    test('that cannot be leaves nothing', async () => {
      const object = await subject().written(2, samplePieces(2));
      const target = subject().newRef();
      await expectDriverError(driver().cloneSnapshot(await subject().snapshotOf(object), target, 1), 'failed');
      await expectDriverError(driver().cloneSnapshot(subject().newSnapshot(object), target, 2), 'not-found');
      expect(await driver().describe(target)).toBeUndefined();
      expect(await subject().names()).not.toContain(target.name);
    });
  });
}
