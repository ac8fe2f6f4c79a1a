import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const pool = sample.poolA;
const filling = () => new SampleLog().add('image-cache', pool, sample.fillStarted(1));
const ready = () => filling().add('image-cache', pool, sample.created(1), sample.leased(1, 1));
const retired = () => ready().add('image-cache', pool, sample.miss(1, 1)).add('image-cache', pool, sample.evicted(1));

const createdEvent = sample.created(1);
if (createdEvent.type !== 'create') throw new Error('the sample is no create');
const createdData = createdEvent.data;

const entryOf = (log: SampleLog, generation = 1) => given(log).cacheEntries.get({ pool, generation });
const poolOf = (log: SampleLog) => given(log).cachePools.get({ pool });
const imageVolumeOf = (log: SampleLog) => given(log).volumes.get({ id: sample.imageVolumeId(1) });
const claimOf = (log: SampleLog, volume: number) =>
  given(log).cacheClaims.get({ pool, volumeId: sample.volumeId(volume) });
const internalUsageOf = (log: SampleLog) => given(log).projectUsage.get({ projectId: sample.internalProject });

describe('while an image is being fetched', () => {
  test('the entry is filling and counts against the limits', () => {
    expect(entryOf(filling())).toMatchObject({ status: 'filling', imageName: 'image 1', createdAt: momentOf(1) });
    expect(poolOf(filling())).toMatchObject({ sizeGib: 2, fillingCount: 1, readyCount: 0, state: null });
  });

  test('its image-volume is creating, internal, and owned by the internal project', () => {
    expect(imageVolumeOf(filling())).toMatchObject({
      status: 'creating',
      internal: true,
      name: `image-${sample.imageId(1)}`,
      projectId: sample.internalProject,
      host: pool,
      sizeGib: 2,
    });
    expect(internalUsageOf(filling())).toMatchObject({ volumes: 1, gigabytes: 2 });
  });

  test('another size than was reserved changes entry, pool, image-volume and usage alike', () => {
    const log = filling().add('image-cache', pool, {
      type: 'fill-sized',
      data: { generation: 1 as never, sizeGib: 7 },
    });
    expect(entryOf(log)).toMatchObject({ sizeGib: 7 });
    expect(poolOf(log)).toMatchObject({ sizeGib: 7, fillingCount: 1 });
    expect(imageVolumeOf(log)).toMatchObject({ sizeGib: 7 });
    expect(internalUsageOf(log)).toMatchObject({ volumes: 1, gigabytes: 7 });
  });

  test('the create that began it and those that joined it hold claims', () => {
    const log = filling().add('image-cache', pool, sample.joined(1, 2));
    expect(claimOf(log, 1)).toMatchObject({ stage: 'filling', generation: 1 });
    expect(claimOf(log, 2)).toMatchObject({ stage: 'waiting', generation: 1 });
  });

  test('a prefetch holds no claim', () => {
    const log = new SampleLog().add('image-cache', pool, sample.fillStarted(1, { volumeId: null }));
    expect(given(log).cacheClaims.values()).toEqual([]);
    expect(entryOf(log)).toMatchObject({ filledFor: null });
  });

  test('a fill that fails retires its entry with the reason, and releases those who waited', () => {
    const log = filling()
      .add('image-cache', pool, sample.joined(1, 2))
      .add('image-cache', pool, sample.fillFailed(1), sample.released(1, 1, 2));
    expect(entryOf(log)).toMatchObject({
      status: 'retired',
      retireReason: 'fill-failed',
      failure: sample.failure('image.download_failed'),
    });
    expect(poolOf(log)).toMatchObject({ sizeGib: 0, fillingCount: 0, retiredCount: 1, retiredGib: 2, fillsFailed: 1 });
    expect(imageVolumeOf(log)).toMatchObject({ status: 'deleting' });
    expect(claimOf(log, 2)).toMatchObject({ stage: 'released' });
  });

  test('a fill that is given up because its prefetch was cancelled is no failure, of the entry or of the pool', () => {
    const ended = sample.prefetchEnded(1, 'cancelled');
    const log = new SampleLog()
      .add('image-cache', pool, sample.fillStarted(1, { volumeId: null }))
      .add('image-cache', pool, sample.fillFailed(1), ended);
    expect(entryOf(log)).toMatchObject({ status: 'retired', retireReason: 'cancelled' });
    expect(poolOf(log)).toMatchObject({ fillingCount: 0, retiredCount: 1, fillsFailed: 0 });
  });

  test('a prefetch that is cancelled while its fill goes on for others changes nothing of the entry', () => {
    const ended = sample.prefetchEnded(1, 'cancelled');
    const log = filling().add('image-cache', pool, ended);
    expect(entryOf(log)).toMatchObject({ status: 'filling', retireReason: null });
    expect(entryOf(log.add('image-cache', pool, sample.fillFailed(1)))).toMatchObject({ retireReason: 'fill-failed' });
    expect(poolOf(log)).toMatchObject({ fillsFailed: 1 });
  });
});

describe('once it is there', () => {
  test('the entry is ready, with what vouches for its bytes and what it took', () => {
    expect(entryOf(ready())).toMatchObject({
      status: 'ready',
      digest: 'sha512:00',
      verifiedBy: 'os_hash',
      bytesDownloaded: 1000,
      durationsMs: { download: 12.5 },
      readyAt: momentOf(2),
    });
    expect(poolOf(ready())).toMatchObject({ sizeGib: 2, fillingCount: 0, readyCount: 1, bytesDownloaded: 1000 });
    expect(imageVolumeOf(ready())).toMatchObject({ status: 'available', launchedAt: momentOf(2) });
  });

  test('what came from another host is counted apart from what the image service sent', () => {
    const source = { kind: 'peer' as const, host: 'store-02', declined: [] };
    const created = { type: 'create' as const, data: { ...createdData, source } };
    const log = filling().add('image-cache', pool, created);
    expect(poolOf(log)).toMatchObject({ bytesDownloaded: 0, bytesFromPeers: 1000 });
    expect(poolOf(ready())).toMatchObject({ bytesDownloaded: 1000, bytesFromPeers: 0 });
  });

  test('the entry tells what proves its bytes, where they came from, and when they were last known to be right', () => {
    expect(entryOf(ready())).toMatchObject({
      contentDigest: 'sha256-1m:00',
      signature: 'verified',
      ignoredChecks: ['polyglot'],
      source: { kind: 'image-service', host: null, declined: [] },
      verifiedAt: '2026-01-01T00:00:00.000Z',
      corruption: null,
    });
  });

  test('a later look at its bytes moves that time, and keeps the digest it had', () => {
    expect(entryOf(ready().add('image-cache', pool, sample.verified(1)))).toMatchObject({
      status: 'ready',
      contentDigest: 'sha256-1m:00',
      verifiedAt: '2026-02-01T00:00:00.000Z',
    });
  });

  test('a fill of an older fact has no such evidence until somebody has looked', () => {
    const { contentDigest: _1, signature: _2, ignoredChecks: _3, source: _4, at: _5, ...old } = createdData;
    const log = filling().add('image-cache', pool, { type: 'create', data: old });
    const none = { contentDigest: null, signature: null, ignoredChecks: null, source: null, verifiedAt: null };
    expect(entryOf(log)).toMatchObject({ status: 'ready', ...none });
    expect(entryOf(log.add('image-cache', pool, sample.verified(1, 'sha256-1m:ab')))).toMatchObject({
      contentDigest: 'sha256-1m:ab',
      verifiedAt: '2026-02-01T00:00:00.000Z',
    });
  });

  test('P3: one whose bytes differ is retired with what was expected and what was found', () => {
    const log = ready().add('image-cache', pool, sample.verifyFailed(1), sample.evicted(1, 'verify-failed'));
    expect(entryOf(log)).toMatchObject({
      status: 'retired',
      retireReason: 'verify-failed',
      verifiedAt: '2026-01-01T00:00:00.000Z',
      corruption: {
        expectedDigest: 'sha256-1m:00',
        foundDigest: 'sha256-1m:ff',
        at: '2026-02-01T00:00:00.000Z',
      },
    });
  });

  test('a create that clones it holds a lease until its hit', () => {
    const leasing = ready().add('image-cache', pool, sample.leased(1, 3));
    expect(claimOf(leasing, 3)).toMatchObject({ stage: 'leased' });
    expect(entryOf(leasing)).toMatchObject({ lastUsedAt: momentOf(3), hits: 0 });
    const hit = leasing.add('image-cache', pool, sample.hit(1, 3));
    expect(claimOf(hit, 3)).toBeUndefined();
    expect(entryOf(hit)).toMatchObject({ hits: 1 });
  });

  test('a lease is not taken back by a release that comes late', () => {
    const log = ready().add('image-cache', pool, sample.released(1, 1));
    expect(claimOf(log, 1)).toMatchObject({ stage: 'leased' });
  });

  test('hits, joined creates and misses are counted and listed one by one', () => {
    const log = ready()
      .add('image-cache', pool, sample.miss(1, 1))
      .add('image-cache', pool, sample.hit(1, 2))
      .add('image-cache', pool, sample.hit(1, 3, true));
    expect(poolOf(log)).toMatchObject({ hits: 2, joined: 1, misses: 1 });
    const uses = given(log).cacheUses.values();
    expect(uses.map(({ outcome, failed }) => ({ outcome, failed }))).toEqual([
      { outcome: 'miss', failed: false },
      { outcome: 'hit', failed: false },
      { outcome: 'joined', failed: false },
    ]);
  });

  test('a create that ended without a volume gives its claim back and is no use', () => {
    const log = ready().add('image-cache', pool, {
      type: 'lease-ended',
      data: { generation: 1 as never, volumeId: sample.volumeId(1), reason: 'it failed' },
    });
    expect(given(log).cacheClaims.values()).toEqual([]);
    expect(given(log).cacheUses.values()).toEqual([]);
  });
});

describe('when it is given up', () => {
  test('I.17: the entry is retired with the reason; its bytes are shown apart until they are gone', () => {
    expect(entryOf(retired())).toMatchObject({ status: 'retired', retireReason: 'lru', retiredAt: momentOf(4) });
    expect(poolOf(retired())).toMatchObject({
      sizeGib: 0,
      readyCount: 0,
      retiredGib: 2,
      retiredCount: 1,
      evictions: 1,
    });
    expect(imageVolumeOf(retired())).toMatchObject({ status: 'deleting', deletedAt: null });
    expect(internalUsageOf(retired())).toMatchObject({ volumes: 1, gigabytes: 2 });
  });

  test('once reaped, neither pool nor usage holds anything of it, and the entry stays to be explained', () => {
    const log = retired().add('image-cache', pool, sample.reaped(1));
    expect(entryOf(log)).toMatchObject({ status: 'reaped', reapedAt: momentOf(5), retireReason: 'lru' });
    expect(poolOf(log)).toMatchObject({ sizeGib: 0, readyCount: 0, retiredGib: 0, retiredCount: 0 });
    expect(imageVolumeOf(log)).toMatchObject({ status: 'deleted', deletedAt: momentOf(5) });
    expect(internalUsageOf(log)).toMatchObject({ volumes: 0, gigabytes: 0 });
  });
});

describe('settings', () => {
  test('are shown by pool, whether or not the pool was ever used', () => {
    const log = filling().add('service', 'store-01@fast', sample.settingsReported([pool, 'other']));
    expect(poolOf(log)).toMatchObject({ state: 'enabled', maxSizeGib: 100, maxCount: 5, fillingCount: 1 });
    expect(given(log).cachePools.get({ pool: 'store-01@fast#other' })).toMatchObject({ state: 'enabled', sizeGib: 0 });
  });

  test('a backend that is switched on or off changes no cache', () => {
    const log = filling().add('service', 'store-01@fast', {
      type: 'ServiceDisabled',
      data: { service: 'store-01@fast', reason: 'upgrade' },
    });
    expect(poolOf(log)).toEqual(poolOf(filling()));
  });
});
