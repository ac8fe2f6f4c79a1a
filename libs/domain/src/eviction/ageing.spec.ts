import { type CacheSettings, defaultCacheRules, effectiveCacheSettings } from '@hearth/contracts';
import type { CacheEntry } from '../image-cache/image-cache.state';
import { isExpired, isPastGrace, isUnused } from './ageing';
import { cacheOf } from './eviction.examples';
import { cacheLimits } from './limits';

const [fresh] = [...cacheOf([{ sizeGib: 2, refillMs: 1, held: 'idle', project: 1 }]).entries.values()];
const noon = '2026-03-01T12:00:00.000Z';
const entry = (patch: Partial<CacheEntry> = {}): CacheEntry => ({ ...fresh!, lastUsedAt: noon, ...patch });
const after = (seconds: number) => new Date(Date.parse(noon) + seconds * 1_000).toISOString();
const rules = { ...defaultCacheRules, removeUnused: true };

describe('time to live', () => {
  const ttl = { ttlSeconds: 60 };
  test('counts from the last use, to the second', () => {
    expect(isExpired(entry(), ttl, after(59.9))).toBe(false);
    expect(isExpired(entry(), ttl, after(60))).toBe(true);
  });
  test('of 0 is none', () => expect(isExpired(entry(), { ttlSeconds: 0 }, after(1e9))).toBe(false));
  test('does not touch an entry of which no use is dated', () =>
    expect(isExpired(entry({ lastUsedAt: undefined }), ttl, after(1e9))).toBe(false));
  test('is not fooled by a clock that went back', () => expect(isExpired(entry(), ttl, after(-1e9))).toBe(false));
});

describe('I.49: unused entries', () => {
  test("stay unless they are to go, as Nova's remove_unused_base_images says", () =>
    expect(isUnused(entry(), { ...rules, removeUnused: false }, after(1e9))).toBe(false));
  test('stay while a volume depends on them', () =>
    expect(isUnused(entry({ dependants: 1 }), rules, after(1e9))).toBe(false));
  test('go after a day when they served at the size of the image, or not at all', () => {
    for (const used of [entry({ uses: 2, ungrownUses: 1 }), entry({ uses: 0 })]) {
      expect(isUnused(used, rules, after(86_399))).toBe(false);
      expect(isUnused(used, rules, after(86_400))).toBe(true);
    }
  });
  test('go after an hour when every volume of them was grown', () => {
    const resized = entry({ uses: 2, ungrownUses: 0 });
    expect(isUnused(resized, rules, after(3_599))).toBe(false);
    expect(isUnused(resized, rules, after(3_600))).toBe(true);
  });
});

describe('the grace period', () => {
  const suspended = (cause: 'deleted' | 'hidden' | 'deactivated') => entry({ suspended: { cause, at: noon } });
  test.each(['deleted', 'hidden'] as const)('of an image that is %s ends', (cause) => {
    expect(isPastGrace(suspended(cause), { graceSeconds: 60 }, after(59))).toBe(false);
    expect(isPastGrace(suspended(cause), { graceSeconds: 60 }, after(60))).toBe(true);
  });
  test('of one that is only deactivated does not', () =>
    expect(isPastGrace(suspended('deactivated'), { graceSeconds: 0 }, after(1e9))).toBe(false));
  test('is none of an entry that serves', () => expect(isPastGrace(entry(), { graceSeconds: 0 }, noon)).toBe(false));
});

describe('I.40: limits of a pool', () => {
  const settings = (patch: Partial<CacheSettings> = {}): CacheSettings => ({
    ...{ state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0, ...patch },
  });
  test.each([
    [0, 0, 1_000, 0],
    [50, 0, 1_000, 50],
    [0, 10, 1_000, 100],
    [50, 10, 1_000, 50],
    [200, 10, 1_000, 100],
    [0, 10, 5, 0.5],
  ])('%i GiB and %i %% of %i GiB are %d GiB', (maxSizeGib, maxPercent, total, limit) =>
    expect(cacheLimits(settings({ maxSizeGib, maxPercent }), total).maxSizeGib).toBe(limit),
  );
  test.each([null, 0])('without a known total (%s) there is none in percent', (total) => {
    expect(cacheLimits(settings({ maxSizeGib: 7, maxPercent: 10 }), total).maxSizeGib).toBe(7);
    expect(cacheLimits(settings({ maxPercent: 10 }), total).maxSizeGib).toBe(0);
  });
  test('have the defaults for what is not said', () => {
    expect(cacheLimits(settings(), null)).toEqual({
      ...{ maxSizeGib: 0, maxCount: 0, policy: 'lru', startPercent: 100, stopPercent: 100 },
      ...{ projectSharePercent: 0, keepGenerations: 1 },
    });
    expect(effectiveCacheSettings(settings({ policy: undefined, ttlSeconds: 5 }))).toMatchObject({
      ...{ policy: 'lru', ttlSeconds: 5, removeUnused: false },
    });
  });
});
