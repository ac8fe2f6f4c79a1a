import { randomUUID } from 'node:crypto';
import { canConnect } from '../index';
import { expectDriverError, gib, kib, mib, samplePieces, type Subject } from './driver-under-test';

const rw = { readOnly: false };
const ro = { readOnly: true };
const connector = { host: 'here', ip: '192.0.2.1', initiator: 'iqn.1994-05.com.example:here', multipath: false };

/** For drivers that connect. */
export function describeConnections(subject: () => Subject): void {
  const driver = () => subject().connecting;
  const bytes = Buffer.alloc(64 * kib, 'guest');

  describe('a connection', () => {
    test('lets a guest read and write what the object holds', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().connected(object, async (info) => {
        const [first] = samplePieces(1);
        expect(Buffer.from(await subject().guest.read(info, 0, 256 * kib)).equals(first!.bytes)).toBe(true);
        await subject().guest.write(info, mib, bytes);
        expect(Buffer.from(await subject().guest.read(info, mib, bytes.length)).equals(bytes)).toBe(true);
      });
      await subject().expectBytes(object, mib, bytes);
      await subject().expectPieces(object, samplePieces(1));
    });

    test('is told as plain data, with what a client asks for', async () => {
      const object = await subject().written(1, []);
      for (const options of [rw, ro]) {
        const id = randomUUID();
        const info = await driver().connect(object, id, connector, options);
        await driver().disconnect(object, id);
        expect(info.driverVolumeType).toMatch(/^[a-z0-9_]+$/);
        expect(JSON.parse(JSON.stringify(info))).toEqual(info);
        expect(info.data).toMatchObject({ access_mode: options.readOnly ? 'ro' : 'rw' });
      }
    });

    test('asked for again is the same, and disturbs nobody', async () => {
      const object = await subject().written(1, samplePieces(1));
      const id = randomUUID();
      const info = await driver().connect(object, id, connector, rw);
      await subject().guest.write(info, mib, bytes);
      expect(await driver().connect(object, id, connector, rw)).toEqual(info);
      await subject().guest.write(info, 2 * mib, bytes);
      await driver().disconnect(object, id);
      for (const offset of [mib, 2 * mib]) await subject().expectBytes(object, offset, bytes);
    });

    test('outlives the process that made it, and is ended by the next', async () => {
      const object = await subject().written(1, samplePieces(1));
      const id = randomUUID();
      const earlier = await subject().reopen();
      if (!canConnect(earlier)) throw new Error('this driver connects nobody');
      const info = await earlier.connect(object, id, connector, rw);
      await earlier.close();
      await subject().guest.write(info, mib, bytes);
      const later = await subject().reopen();
      try {
        if (!canConnect(later)) throw new Error('this driver connects nobody');
        expect(await later.connect(object, id, connector, rw)).toEqual(info);
        await subject().guest.write(info, 2 * mib, bytes);
        await later.disconnect(object, id);
      } finally {
        await later.close();
      }
      await subject().expectBytes(object, 2 * mib, bytes);
      await driver().connect(object, randomUUID(), connector, ro);
      await driver().remove(object);
    });

    test('is ended once, however often that is asked for', async () => {
      const object = await subject().written(1, []);
      const id = randomUUID();
      await driver().connect(object, id, connector, rw);
      await driver().disconnect(object, id);
      await driver().disconnect(object, id);
      await driver().disconnect(object, randomUUID());
      await driver().disconnect(subject().newRef(), id);
    });

    test('of several is ended by itself', async () => {
      const object = await subject().written(1, samplePieces(1));
      const [first, second] = [randomUUID(), randomUUID()];
      const info = await driver().connect(object, first, connector, ro);
      await driver().connect(object, second, connector, ro);
      await driver().disconnect(object, second);
      expect(
        Buffer.from(await subject().guest.read(info, 0, kib)).equals(samplePieces(1)[0]!.bytes.subarray(0, kib)),
      ).toBe(true);
      await driver().disconnect(object, first);
    });

    test('may be one of several that write, or is refused', async () => {
      const object = await subject().written(1, samplePieces(1));
      const [first, second] = [randomUUID(), randomUUID()];
      const one = await driver().connect(object, first, connector, rw);
      if (!driver().capabilities.multiattach) {
        await driver().disconnect(object, first);
        return;
      }
      const other = await driver().connect(object, second, connector, rw);
      await subject().guest.write(one, mib, bytes);
      await subject().guest.write(other, 2 * mib, bytes);
      await driver().disconnect(object, first);
      await subject().guest.write(other, 3 * mib, bytes);
      await driver().disconnect(object, second);
      for (const offset of [mib, 2 * mib, 3 * mib]) await subject().expectBytes(object, offset, bytes);
    });

    test('lets a source of clones be written to, and no clone notices', async () => {
      const source = await subject().written(1, samplePieces(1));
      const [first, second] = [subject().newRef(), subject().newRef()];
      await subject().cloning.clone(source, first, 1);
      await subject().overwrite(source, samplePieces(1, 9));
      await subject().cloning.clone(source, second, 1);
      await subject().overwrite(source, samplePieces(1, 17));
      await subject().overwrite(second, [{ offset: mib, bytes }]);
      await subject().expectPieces(first, samplePieces(1));
      await subject().expectPieces(second, samplePieces(1, 9));
      await subject().expectZeros(first, mib, kib);
      await subject().expectPieces(source, samplePieces(1, 17));
    });

    test('that ended lets the object grow, and the next shows it', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().overwrite(object, [{ offset: mib, bytes }]);
      await driver().extend(object, 2);
      await subject().overwrite(object, [{ offset: 2 * gib - 64 * kib, bytes }]);
      await subject().expectBytes(object, 2 * gib - 64 * kib, bytes);
    });

    test('lets the object grow under it, or keeps it from growing', async () => {
      const object = await subject().written(1, samplePieces(1));
      await subject().connected(object, async (info) => {
        if (!driver().capabilities.extendsInUse) {
          await driver()
            .extend(object, 2)
            .catch((error: unknown) => expect(error).toMatchObject({ code: 'busy' }));
          return;
        }
        await driver().extend(object, 2);
        await subject().guest.write(info, 2 * gib - 64 * kib, bytes);
      });
      await subject().expectPieces(object, samplePieces(1));
    });

    test('to what is not there is refused, and leaves nothing', async () => {
      const object = subject().newRef();
      await expectDriverError(driver().connect(object, randomUUID(), connector, rw), 'not-found');
      expect(await subject().names()).not.toContain(object.name);
    });

    test('to an object that is removed is gone with it', async () => {
      const object = await subject().written(1, samplePieces(1));
      await driver().connect(object, randomUUID(), connector, rw);
      await driver().remove(object);
      expect(await subject().names()).not.toContain(object.name);
    });

    test.each(['', '../x', 'a/b', 'a b', 'x'.repeat(300)])('of the attachment %j is refused', async (id) => {
      const object = await subject().written(1, []);
      await expectDriverError(driver().connect(object, id, connector, rw), 'failed');
      await expectDriverError(driver().disconnect(object, id), 'failed');
    });
  });
}
