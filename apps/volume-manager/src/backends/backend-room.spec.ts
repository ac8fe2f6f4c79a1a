import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { BackendRoom } from './backend-room';

const GiB = 2 ** 30;
const MiB = 2 ** 20;

/** A pool whose free room is what the test says. */
class OnePool {
  freeBytes = 100 * GiB;
  isAway = false;
  readonly room = new BackendRoom({
    capacity: () =>
      this.isAway
        ? Promise.reject(new DriverError('unavailable', 'the server does not answer'))
        : Promise.resolve([
            { pool: 'here', totalGib: 100, freeGib: this.freeBytes / GiB, provisionedGib: 0, thin: true },
          ]),
  });
}

const writerThat = (write: ObjectWriter['write']): ObjectWriter => ({
  write,
  read: () => Promise.resolve(),
  finish: () => Promise.resolve(),
  abort: () => Promise.resolve(),
});

const noRoom = () =>
  Promise.reject(new DriverError('full', 'no space left', { object: 'volume-1', missingBytes: MiB }));

test('room is promised once, taken up by what is written, and given back at the end', async () => {
  const { room } = new OnePool();
  const writer = (await room.reserve('here', 60 * GiB)).watch(writerThat(() => Promise.resolve()));
  await expect(room.reserve('here', 50 * GiB)).rejects.toMatchObject({ code: 'full', missingBytes: 10 * GiB });
  await writer.write(0, new Uint8Array(MiB));
  expect(room.promisedBytes('here')).toBe(60 * GiB - MiB);
  await writer.finish();
  expect(room.promisedBytes('here')).toBe(0);
});

describe('a pool that somebody else has filled', () => {
  async function failing(pool: OnePool): Promise<unknown> {
    const reservation = await pool.room.reserve('here', 10 * GiB);
    await reservation.watch(writerThat(() => Promise.resolve())).write(0, new Uint8Array(MiB));
    pool.freeBytes = 512;
    return reservation
      .watch(writerThat(noRoom))
      .write(MiB, new Uint8Array(MiB))
      .catch((error: unknown) => error);
  }

  test('lacks all that was still to be written, not only the bytes of one write', async () => {
    expect(await failing(new OnePool())).toMatchObject({
      ...{ code: 'full', object: 'volume-1', missingBytes: 10 * GiB - MiB - 512 },
      message: 'no space left',
    });
  });

  test('lacks what the driver said where nothing more is known', async () => {
    const pool = new OnePool();
    const error = failing(pool);
    pool.isAway = true;
    // The reservation was asked for before.
    expect(await error).toMatchObject({ code: 'full', missingBytes: MiB });
  });
});

test('other errors of a write stay what they are', async () => {
  const error = new DriverError('failed', 'the device reported an error');
  const reservation = await new OnePool().room.reserve('here', MiB);
  await expect(reservation.watch(writerThat(() => Promise.reject(error))).write(0, new Uint8Array(1))).rejects.toBe(
    error,
  );
});
