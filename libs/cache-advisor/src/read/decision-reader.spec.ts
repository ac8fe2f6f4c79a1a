import {
  contentOf,
  fillStarted,
  imageOf,
  volumeOf,
  imageVolumeOf,
  exampleDecision,
  requested,
} from '@hearth/domain/testing';
import {
  cacheNotice,
  cinderHit,
  cinderMiss,
  cloudEventLine,
  commitLine,
  imageId,
  type Notice,
  plainNotification,
  pool,
  volumeNotice,
} from '../testing/event-lines';
import { DecisionReader, type ReadOptions } from './decision-reader';
import { UnreadableLineError } from './unreadable-line.error';

const start = Date.UTC(2026, 0, 1);

function readLines(lines: readonly string[], options?: ReadOptions) {
  const reader = new DecisionReader(options);
  lines.forEach((line, index) => reader.addLine(line, index + 1));
  return reader.read();
}
const readNotices = (notices: readonly Notice[], options?: ReadOptions) =>
  readLines(notices.map(plainNotification), options);
const outcomesOf = ({ decisions }: ReturnType<typeof readLines>) => decisions.map(({ outcome }) => outcome);

describe("Cinder's notifications", () => {
  test('three misses and two hits are one decision each, with what other notices tell of size, bytes, seconds and project', () => {
    const { decisions, repeated, assumptions } = readNotices([...cinderMiss(0), ...cinderHit(60)]);
    const known = { pool, key: `image:${imageId}`, projectId: 'demo', sizeGib: 8, bytes: 5e9, refillSeconds: 6 };
    expect(decisions).toEqual([
      { ...known, at: start, outcome: 'miss' },
      { ...known, at: start + 60_000, outcome: 'hit' },
    ]);
    expect({ repeated, assumptions }).toEqual({ repeated: 3, assumptions: [] });
  });

  test('of creates at once the number is right, whichever notices are taken together', () => {
    const hits = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, index) => cacheNotice('hit', index / 100, id));
    expect(outcomesOf(readNotices(hits))).toEqual(['hit', 'hit', 'hit']);
  });

  test('a notice of each decision is all there is where repetitions are not looked for', () => {
    const hits = [cacheNotice('hit', 0, 'a'), cacheNotice('hit', 0.1, 'b')];
    expect(outcomesOf(readNotices(hits, { pairWithinMs: 0 }))).toEqual(['hit', 'hit']);
    expect(outcomesOf(readNotices(hits))).toEqual(['hit']);
  });

  test('notices that are far apart, or of other images, are decisions of their own', () => {
    const hits = [cacheNotice('hit', 0, 'a'), cacheNotice('hit', 0.5, 'b', 'other'), cacheNotice('hit', 9, 'c')];
    expect(outcomesOf(readNotices(hits))).toHaveLength(3);
  });

  test('a Cinder whose cache is off: every volume from an image is a request, and that is said', () => {
    const { decisions, assumptions } = readNotices([
      volumeNotice(1, { name: 'a', sizeGib: 40, imageBytes: 1e9 }),
      volumeNotice(2, { name: 'b', sizeGib: 30, imageBytes: 1e9 }),
      volumeNotice(3, { name: 'no image', sizeGib: 30 }),
    ]);
    expect(decisions).toMatchObject([
      { outcome: 'bypass', sizeGib: 30, refillSeconds: 10 },
      { outcome: 'bypass', sizeGib: 30 },
    ]);
    expect(assumptions).toEqual([
      'Of 1 images it is not told how large a copy is; that of the smallest volume made from it is taken, and a copy may be smaller.',
      'Of 1 images it is not told how long a fill takes; 100 MB a second are assumed.',
      '2 volumes with an image in pools without a word of a cache count as requests; clones of volumes among them are not told apart.',
    ]);
  });

  test('a volume with an image of which a cache that is on says nothing is a clone of another, and left out', () => {
    const { decisions, assumptions } = readNotices([
      ...cinderMiss(0),
      volumeNotice(60, { name: 'clone', sizeGib: 20, imageBytes: 5e9 }),
    ]);
    expect(decisions).toHaveLength(1);
    expect(assumptions).toEqual([
      '1 volumes with an image came without a word of the cache of their pool, such as clones of volumes; they are left out.',
    ]);
  });

  test('without a word of image-volumes a fill takes no longer than the quickest create that missed, and that is said', () => {
    const made = { name: 'a', sizeGib: 20, imageBytes: 1e9 };
    const { decisions, assumptions } = readNotices([
      ...[cacheNotice('miss', 0, 'a'), volumeNotice(40, made)],
      ...[cacheNotice('hit', 50, 'b'), volumeNotice(51, made)],
      ...[cacheNotice('miss', 60, 'c'), volumeNotice(90, made)],
      ...[cacheNotice('miss', 100, 'd'), volumeNotice(145, made)],
    ]);
    expect(decisions.map(({ refillSeconds }) => refillSeconds)).toEqual([30, 30, 30, 30]);
    expect(assumptions.slice(1)).toEqual([
      'Of 1 images it is not told how long a fill takes; that of the quickest create that missed is taken, and a fill may be quicker.',
    ]);
  });

  test('where nothing but hits and misses is told, sizes, bytes and seconds are assumed and that is said', () => {
    const { decisions, assumptions } = readNotices([cacheNotice('miss', 0, 'a')], { assumedSizeGib: 4 });
    expect(decisions).toMatchObject([{ sizeGib: 4, bytes: 4 * 2 ** 30, refillSeconds: (4 * 2 ** 30) / 100e6 }]);
    expect(assumptions).toHaveLength(3);
  });

  test('a volume that a tenant calls like an image-volume is none', () => {
    const { decisions } = readNotices([...cinderHit(0), volumeNotice(9, { name: `image-${imageId}`, sizeGib: 1 })]);
    expect(decisions).toMatchObject([{ sizeGib: 20 }]);
  });

  test('evictions are told with the content that they gave up', () => {
    const { evictions } = readNotices([...cinderMiss(0), cacheNotice('evict', 20, 'z')]);
    expect(evictions).toEqual([{ at: start + 20_000, pool, key: `image:${imageId}`, sizeGib: 8, reason: null }]);
  });
});

describe("Hearth's log", () => {
  const use = (volume: number, generation: number, image: number) => ({
    ...{ volumeId: volumeOf(volume), generation, imageId: imageOf(image).id, projectId: 'demo', userId: 'alice' },
    ...{ sizeGib: 50, volumeType: '__DEFAULT__', requestId: null },
  });
  const created = (generation: number, image: number, durationsMs: Record<string, number>) => ({
    type: 'create',
    data: {
      ...{ generation, imageId: imageOf(image).id, imageVolumeId: imageVolumeOf(generation), sizeGib: 3 },
      ...{ digest: 'sha512:00', verifiedBy: 'os_hash', contentDigest: 'sha256-1m:00', signature: 'absent' },
      ...{ bytesDownloaded: 100, bytesWritten: 200, durationsMs },
    },
  });

  test('a miss, one that joined it and a hit: in the order of the requests, not of the answers', () => {
    const { decisions, passedOver } = readLines([
      commitLine(0, [fillStarted(1, 1)]),
      commitLine(1, [{ type: 'joined', data: { generation: 1, volumeId: volumeOf(2) } }]),
      commitLine(8, [
        created(1, 1, { download: 5000, fill: 8000 }),
        { type: 'released', data: { generation: 1, volumeIds: [volumeOf(2)] } },
      ]),
      commitLine(9, [{ type: 'hit', data: { ...use(2, 1, 1), joined: true } }]),
      commitLine(10, [{ type: 'miss', data: { ...use(1, 1, 1), failed: false } }]),
      commitLine(20, [{ type: 'leased', data: { generation: 1, volumeId: volumeOf(3), outcome: 'hit' } }]),
      commitLine(21, [{ type: 'hit', data: { ...use(3, 1, 1), joined: false } }]),
    ]);
    const known = {
      pool,
      key: contentOf(1),
      projectId: 'demo',
      sizeGib: 3,
      bytes: imageOf(1).sizeBytes,
      refillSeconds: 8,
    };
    expect(decisions).toEqual([
      { ...known, at: start, outcome: 'miss' },
      { ...known, at: start + 1000, outcome: 'joined' },
      { ...known, at: start + 20_000, outcome: 'hit' },
    ]);
    expect(passedOver).toEqual({ released: 1 });
  });

  test('a create that failed is no request, and one that succeeded at its second attempt is one', () => {
    const failedMiss = { type: 'miss', data: { ...use(1, 1, 1), failed: true } };
    expect(readLines([commitLine(0, [fillStarted(1, 1)]), commitLine(5, [failedMiss])])).toMatchObject({
      decisions: [],
      ignored: 1,
    });
    const again = commitLine(9, [{ type: 'hit', data: { ...use(1, 2, 1), joined: false } }]);
    const { decisions, ignored } = readLines([commitLine(0, [fillStarted(1, 1)]), commitLine(5, [failedMiss]), again]);
    expect({ outcomes: decisions.map(({ outcome }) => outcome), ignored }).toEqual({ outcomes: ['hit'], ignored: 0 });
  });

  test('a create that is still under way is no decision yet', () => {
    expect(readLines([commitLine(0, [fillStarted(1, 1)])]).decisions).toEqual([]);
  });

  test('a volume made past the cache is a request for the content that the pool knows by its image', () => {
    const volume = { category: 'volume', id: volumeOf(7) };
    const bypassed = (strategy: string, reason: string) => ({
      type: 'VolumeProvisioned',
      data: {
        ...{ pool, bootable: true, imageMetadata: {} },
        decision: { ...exampleDecision, requested, outcome: 'bypass', strategy, reason, entry: null, declined: [] },
      },
    });
    const lines = (strategy: string, reason: string) => [
      commitLine(0, [fillStarted(1, 1)]),
      commitLine(1, [requested({ volumeId: volumeOf(7), image: imageOf(1) })], volume),
      commitLine(3, [bypassed(strategy, reason)], volume),
    ];
    expect(readLines(lines('download', 'not-cached')).decisions).toMatchObject([
      { outcome: 'bypass', key: contentOf(1), at: start + 3000 },
    ]);
    expect(readLines(lines('driver-clone', 'cloned'))).toMatchObject({ decisions: [], ignored: 1 });
    expect(readLines(lines('download', 'encrypted'))).toMatchObject({ decisions: [], ignored: 1 });
  });
});

describe("Hearth's CloudEvents", () => {
  test('tell of hits, misses, bypasses and evictions; a fill takes from its start to its create', () => {
    const of = { generation: 1, size_gib: 3, volume_id: 'copy' };
    const { decisions, evictions } = readLines([
      cloudEventLine('image_volume_cache.fill.start', 0, of),
      cloudEventLine('image_volume_cache.create', 4, { ...of, bytes_downloaded: 700 }),
      cloudEventLine('image_volume_cache.miss', 5, {
        ...of,
        volume_id: 'v1',
        size_gib: 50,
        failed: false,
        project_id: 'demo',
      }),
      cloudEventLine('image_volume_cache.hit', 6, { ...of, volume_id: 'v2', size_gib: 50, joined: true }),
      cloudEventLine('image_volume_cache.bypass', 7, {
        generation: null,
        volume_id: 'v3',
        strategy: 'download',
        reason: 'not-admitted',
      }),
      cloudEventLine('image_volume_cache.evict', 9, { ...of, reason: 'lru' }),
    ]);
    const known = { pool, key: `image:${imageId}`, sizeGib: 3, bytes: 700, refillSeconds: 4 };
    expect(decisions).toMatchObject([
      { ...known, outcome: 'miss', projectId: 'demo', at: start + 5000 },
      { ...known, outcome: 'joined' },
      { ...known, outcome: 'bypass' },
    ]);
    expect(evictions).toMatchObject([{ sizeGib: 3, reason: 'lru', at: start + 9000 }]);
  });

  test.each([
    ['driver-clone', 'image-is-a-file'],
    ['image-volume-clone', 'image-is-a-volume'],
    ['download', 'encrypted'],
  ])('no copy could have served a bypass by %s: %s', (strategy, reason) => {
    const bypass = { volume_id: 'v', generation: null, strategy, reason };
    const told = readLines([cloudEventLine('image_volume_cache.bypass', 7, bypass)]);
    expect(told).toMatchObject({ decisions: [], ignored: 1 });
  });

  test('one decision told twice is one', () => {
    const hit = cloudEventLine('image_volume_cache.hit', 6, { volume_id: 'v', generation: 1 });
    expect(readLines([hit, hit])).toMatchObject({ decisions: [{ outcome: 'hit' }], repeated: 1 });
  });
});

test('a broken line is named, and what was read before it stays', () => {
  const reader = new DecisionReader();
  reader.addLine(plainNotification(cacheNotice('hit', 0, 'a')), 1);
  expect(() => reader.addLine('{', 2)).toThrow(UnreadableLineError);
  expect(reader.read().decisions).toHaveLength(1);
});
