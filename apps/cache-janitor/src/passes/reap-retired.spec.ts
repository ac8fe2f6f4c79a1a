import { type HostReport } from '@hearth/contracts';
import {
  cachePool,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  provisioned,
  requested,
  volumeOf,
} from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, fewSteps, janitorHouse } from '../testing/janitor-house';

const given = closedAfterEach((...hosts: string[]) => janitorHouse(hosts, fewSteps));

const evicted = (generation: number) => ({
  generation: generationOf(generation),
  imageId: imageOf(generation).id,
  imageVolumeId: imageVolumeOf(generation),
  sizeGib: 2,
  reason: 'lru' as const,
});

describe('reap-retired', () => {
  test('wakes the host of a pool with a retired entry that nothing uses, and no other', async () => {
    const { happen, open, nudges } = await given('store-01');
    await happen('image-cache', cachePool, ...entries(1, 2), { type: 'evict', data: evicted(1) });
    await happen('image-cache', 'store-01@fast#other', ...entries(3));
    const { passes } = await open();
    expect(await passes.runNow('reap-retired')).toEqual({ examined: 2, owed: 1, done: 1, left: 0 });
    expect(nudges).toMatchObject([{ host: 'store-01', target: { kind: 'pool', id: cachePool } }]);
  });

  test('a fill is nobody’s affair while its process lives, and the host’s when it does not', async () => {
    const { happen, open, live, nudges } = await given('store-01');
    await happen('image-cache', cachePool, fillStarted(1, 1, { volumeId: null }));
    const { passes } = await open();
    expect(await passes.runNow('reap-retired')).toMatchObject({ owed: 0 });
    live.set('store-01', { host: 'store-01', incarnation: 'another' } as HostReport);
    expect(await passes.runNow('reap-retired')).toMatchObject({ owed: 1, done: 1 });
    expect(nudges).toHaveLength(1);
  });

  test('a claim is looked into when its create does not run any more', async () => {
    const { happen, open } = await given('store-01');
    const leased = {
      type: 'leased',
      data: { generation: generationOf(1), volumeId: volumeOf(9), outcome: 'hit' },
    } as const;
    await happen('volume', volumeOf(9), requested({ volumeId: volumeOf(9) }), placed(cachePool));
    await happen('image-cache', cachePool, ...entries(1), leased);
    const { passes } = await open();
    expect(await passes.runNow('reap-retired')).toMatchObject({ owed: 0 });
    await happen('volume', volumeOf(9), provisioned(cachePool));
    await eventually(async () => (await passes.runNow('reap-retired')).owed === 1);
  });
});
