import type { VolumeDriver } from '@hearth/driver-api';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import type { AbleDriver } from '../testing/able-driver';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { attach, snapshot, volumeWork } from '../testing/volume-work';

let house: TestHouse;
let flaky: FlakyDriver;
let pool: PoolRef;
/** What is left of a driver when it has fewer capabilities. */
let reduced: (driver: AbleDriver) => VolumeDriver;
const { done, made, madeOf, failureIn } = volumeWork(() => house);

beforeEach(async () => {
  flaky = new FlakyDriver();
  reduced = (driver) => driver;
  house = await TestHouse.open({ wrap: (_, driver) => reduced(flaky.wrap(driver)) });
  pool = house.pools[0]!;
});
afterEach(() => house.close());

/** Another house, whose backend lacks some of what a driver may have. */
async function without(...missing: string[]): Promise<void> {
  await house.close();
  reduced = (driver) => Object.fromEntries(Object.entries(driver).filter(([name]) => !missing.includes(name))) as never;
  house = await TestHouse.open({ wrap: (_, driver) => reduced(flaky.wrap(driver)) });
}

describe('a backend without the capability', () => {
  const lacks = async (id: VolumeId, type: string) =>
    expect(await failureIn(id, type)).toMatchObject({
      ...{ code: 'backend.unsupported', reason: expect.stringMatching(/^The backend of the volume cannot /) },
    });

  test('to take snapshots', async () => {
    await without('createSnapshot');
    const id = await made();
    await done(id, snapshot(randomUUID()));
    await lacks(id, 'SnapshotCreateFailed');
  });

  test('to connect', async () => {
    await without('connect');
    const id = await made();
    await done(id, attach(randomUUID()));
    await lacks(id, 'VolumeAttachmentConnectFailed');
  });

  test('to clone: a volume of another', async () => {
    await without('clone');
    const source = await made();
    const id = await madeOf({ kind: 'volume', volumeId: source, pool });
    expect(await house.volume(id)).toMatchObject({ status: 'error', failure: { code: 'backend.unsupported' } });
  });

  test('to grow while it is in use', async () => {
    await house.close();
    reduced = (driver) => ({ ...driver, capabilities: { ...driver.capabilities, extendsInUse: false } });
    house = await TestHouse.open({ wrap: (_, driver) => reduced(flaky.wrap(driver)) });
    const id = await made();
    const attachmentId = randomUUID();
    await done(id, attach(attachmentId));
    await done(id, { do: 'CompleteAttachment', attachmentId });
    await done(id, { do: 'Extend', toGib: 5, inUse: true });
    await lacks(id, 'VolumeExtensionFailed');
  });
});
