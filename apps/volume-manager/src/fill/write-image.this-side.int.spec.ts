import { randomBytes } from 'node:crypto';
import { BackendRoom } from '../backends/backend-room';
import { FileObject } from '../testing/file-object';
import { FillHouse, MiB } from '../testing/fill-house';
import type { FillOrder } from './fill-work';

let house: FillHouse;
beforeEach(async () => (house = await FillHouse.open()));
afterEach(() => house.close());

describe('what may happen on this side', () => {
  beforeEach(() => (house.bytes = randomBytes(8 * MiB)));

  test('a full backend says how much was missing for the whole image', () => {
    const free = [2 ** 20, 0];
    const capacity = () =>
      Promise.resolve([{ pool: 'here', totalGib: 1, freeGib: free.shift()!, provisionedGib: 0, thin: true }]);
    const openWatched: FillOrder['open'] = async (sizeBytes, dataBytes) => {
      const reservation = await new BackendRoom({ capacity }).reserve('here', dataBytes);
      return reservation.watch(await FileObject.create(house.target, sizeBytes, 3 * MiB));
    };
    // Five of eight, and those that were under way.
    return house.expectFailure(house.write({}, { open: openWatched }), 'backend.full', / [5-8] MiB are missing/);
  });
  test('what `open` throws is passed on as it is', async () => {
    const refusal = new Error('too large for this volume');
    await expect(house.write({}, { open: () => Promise.reject(refusal) })).rejects.toBe(refusal);
    await house.expectNothingLeft();
  });
  test('a process that is asked to end stops in the middle and leaves nothing', async () => {
    const controller = new AbortController();
    house.answer = (_, response) => {
      response.writeHead(200, { 'content-length': house.bytes.length });
      response.write(house.bytes.subarray(0, MiB));
    };
    const work = house.write(
      {},
      {
        signal: controller.signal,
        onStep: () => controller.abort(new Error('ending')),
      },
    );
    await expect(work).rejects.toThrow('ending');
    await house.expectNothingLeft();
  });
});
