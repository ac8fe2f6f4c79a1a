import type { DriverErrorCode } from '@hearth/driver-api';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
const { done, made, failureIn } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

describe('an extension', () => {
  test('makes the volume larger', async () => {
    const id = await made(2);
    expect(await done(id, { do: 'Extend', toGib: 5, inUse: false })).toMatchObject({
      ...{ label: 'available', details: { sizeGib: 5 } },
    });
    expect(house.backend().objects.get(`volume-${id}`)).toMatchObject({ sizeGib: 5 });
  });

  test('that fails leaves it as it was, in error_extending', async () => {
    const id = await made(2);
    flaky.fail('extend', 'full');
    expect(await done(id, { do: 'Extend', toGib: 5, inUse: false })).toMatchObject({
      ...{ label: 'error_extending', details: { sizeGib: 2 } },
    });
    expect(await failureIn(id, 'VolumeExtensionFailed')).toMatchObject({ code: 'backend.full' });
  });
});

describe('a backend that is busy or away', () => {
  test.each<DriverErrorCode>(['busy', 'unavailable'])(
    '%s: is asked again, and its last answer stands',
    async (code) => {
      const id = await made();
      flaky.fail('extend', code, code);
      expect(await done(id, { do: 'Extend', toGib: 3, inUse: false })).toMatchObject({ label: 'available' });
      flaky.fail('extend', code, code, code);
      expect(await done(id, { do: 'Extend', toGib: 4, inUse: false })).toMatchObject({ label: 'error_extending' });
      expect(flaky.calls.filter((call) => call === 'extend')).toHaveLength(6);
    },
  );
});
