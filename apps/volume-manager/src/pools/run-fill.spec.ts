import { type ImageCacheCommand, contentKey, imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { Generation } from '@hearth/kernel';
import { metricsText } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import type { WrittenImage } from '../fill/write-image';
import type { PeersOfHost } from '../host/host';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
beforeEach(async () => (house = await TestHouse.open()));
afterEach(() => house.close());

const generation = 1 as Generation;
/** As another process does that takes us for dead. */
const elsewhere = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);

test('P14: a fill that was given up while it ran makes nothing servable and leaves nothing behind', async () => {
  const image = house.images.add();
  house.images.hold();
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const failure = { code: 'image.copy_failed', reason: 'its process was taken for dead' } as const;
  await elsewhere({ do: 'FailFill', generation, failure, transient: true });
  await elsewhere({ do: 'RecordReaped', generation });
  house.images.release();
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ status: 'provisioned', decision: { entry: { generation: 2 } } });
  const { entries } = await house.cache();
  expect([...entries.values()]).toMatchObject([{ generation: 2, status: 'ready' }]);
  expect(house.backend().objects.size).toBe(2);
  expect(house.log.lines.map(({ message }) => message)).toContain('a fill came too late: it had been given up');
});

test('P4: an image-volume that was completed and retired without our knowledge stays while something clones it', async () => {
  const image = house.images.add();
  house.images.hold();
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const created = {
    generation,
    digest: null,
    verifiedBy: 'none',
    bytesDownloaded: 0,
    bytesWritten: 0,
    durationsMs: {},
  } as const;
  await elsewhere({ do: 'CompleteFill', created });
  await elsewhere({ do: 'RetireEntry', generation, reason: 'lost' });
  house.images.release();
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ status: 'provisioned', decision: { entry: { generation } } });
  expect(await house.cacheCounts()).toMatchObject({ 'fill-started': 1, miss: 1, reaped: 1 });
  expect(house.backend().objects.size).toBe(1);
});

test('a fill that a dead process began is given up by the chores of the next, and begun again', async () => {
  const image = house.images.add();
  house.images.hold();
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const dead = house.manager;
  Object.assign(house.mortal, { dead: true });
  house.images.release();
  await house.boot();
  await house.pump.settle();
  await dead.close();
  expect(await house.volume(id)).toMatchObject({ status: 'provisioned', decision: { outcome: 'miss' } });
  expect(await house.cacheCounts()).toMatchObject({ 'fill-started': 2, 'fill-failed': 1, create: 1, reaped: 1 });
});

describe('with peers', () => {
  const declined = [{ host: 'store-07', reason: 'busy' }];
  const fromPeer: WrittenImage = {
    ...{ virtualSizeBytes: 2 ** 30, digest: 'sha512:00', verifiedBy: 'os_hash', contentDigest: 'sha256-1m:00' },
    ...{ signature: 'absent', ignoredChecks: [], bytesDownloaded: 7, bytesWritten: 9, durationsMs: { transfer: 3 } },
    source: { kind: 'peer', host: 'store-08', declined },
  };

  async function openWith(fill: PeersOfHost['fill']): Promise<void> {
    await house.close();
    const peers = { url: 'https://store-01:1', serve: () => Promise.resolve(), close: () => Promise.resolve(), fill };
    house = await TestHouse.open({ peers });
  }

  test('what a peer has is not asked of the image service, and is known to be from there', async () => {
    const asked: string[] = [];
    await openWith(async ({ open }, content) => {
      asked.push(content);
      await (await open(2 ** 30, 0)).finish();
      return { written: fromPeer, declined };
    });
    const image = house.images.add();
    const volume = await house.create(image);
    expect(volume).toMatchObject({ status: 'provisioned', decision: { source: fromPeer.source, bytesDownloaded: 7 } });
    const entry = [...(await house.cache()).entries.values()][0];
    expect(entry?.evidence).toMatchObject({
      contentDigest: 'sha256-1m:00',
      verifiedBy: 'os_hash',
      signature: 'absent',
    });
    expect(house.images.downloads).toEqual([]);
    expect(asked).toEqual([contentKey(image, { hashesTrusted: false, signaturesVerified: true })]);
  });

  test('what a peer has sent is not counted as sent by the image service', async () => {
    const counted = async (source: string) => {
      const name = `image_downloaded_bytes_total{pool="${house.pools[0]!}",source="${source}"}`;
      const line = (await metricsText()).split('\n').find((each) => each.startsWith(name));
      return Number(line?.split(' ')[1] ?? 0);
    };
    const before = [await counted('peer'), await counted('image-service')];
    await openWith(async ({ open }) => {
      await (await open(2 ** 30, 0)).finish();
      return { written: fromPeer, declined };
    });
    await house.create(house.images.add());
    expect([await counted('peer'), await counted('image-service')]).toEqual([before[0]! + 7, before[1]]);
  });

  test('when no peer serves, the image service does, and why no peer did is kept', async () => {
    await openWith(async () => ({ written: undefined, declined }));
    const image = house.images.add();
    const volume = await house.create(image);
    const source = { kind: 'image-service', host: null, declined };
    expect(volume).toMatchObject({ status: 'provisioned', decision: { source } });
    expect(house.images.downloads).toEqual([image.id]);
  });

  test('others learn from the board where this host serves', async () => {
    await openWith(async () => ({ written: undefined, declined }));
    expect((await house.liveness.hosts()).get('store-01')).toMatchObject({ peerUrl: 'https://store-01:1' });
  });
});
