import type { EvictReason } from '@hearth/contracts';
import type { Generation } from '@hearth/kernel';
import { decidedCache } from '../testing/decided-cache';
import { given } from '@hearth/testing';
import { claim, complete, generationOf, imageVolumeOf, imageOf } from './image-cache.examples';
import type { ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import { isQuarantined } from './image-cache.state';
import { dueForVerification } from './verify.decide';

const look = (contentDigest: string, at = '2026-02-01T00:00:00.000Z'): ImageCacheCommand => ({
  do: 'RecordVerification',
  found: { generation: generationOf(1), contentDigest, at, bytesRead: 100, durationMs: 5 },
});

const stateAfter = (...commands: ImageCacheCommand[]) => decidedCache(...commands).cache;

const written = complete(1);
const digestWritten = 'sha256-1m:00';

test('a copy that holds what was written goes on serving', () => {
  const state = stateAfter(claim(1, 1), written, look(digestWritten));
  expect(state.entries.get(1)).toMatchObject({ status: 'ready', verifiedAt: '2026-02-01T00:00:00.000Z' });
});

test('P3: a copy that differs stops serving in the same decision, in use or not, and the next create fills anew', () => {
  const state = stateAfter(claim(1, 1), written, look('sha256-1m:ff'));
  expect(state.entries.get(1)).toMatchObject({ status: 'retired', leases: 1 });
  const next = imageCacheDecider.decide(claim(2, 1), state);
  expect(next).toEqual([expect.objectContaining({ type: 'fill-started' })]);
});

test('a difference is said with what was expected and what was found', () => {
  const decision = imageCacheDecider.decide(look('sha256-1m:ff'), stateAfter(claim(1, 1), written));
  expect(decision).toEqual([
    {
      type: 'verify-failed',
      data: expect.objectContaining({ contentDigest: 'sha256-1m:ff', expectedDigest: digestWritten }) as unknown,
    },
    { type: 'evict', data: expect.objectContaining({ reason: 'verify-failed' }) as unknown },
  ]);
});

test('a copy without a recorded digest is compared with the first one found', () => {
  const old = { ...written, created: { ...written.created, contentDigest: undefined } };
  const state = stateAfter(claim(1, 1), old, look('sha256-1m:aa'));
  expect(state.entries.get(1)?.evidence?.contentDigest).toBe('sha256-1m:aa');
  expect(stateAfter(claim(1, 1), old, look('sha256-1m:aa'), look('sha256-1m:ab')).entries.get(1)).toMatchObject({
    status: 'retired',
  });
});

test('whether the fill or only a look has computed the digest stays known', () => {
  const old = { ...written, created: { ...written.created, contentDigest: undefined } };
  const digestFrom = (...commands: ImageCacheCommand[]) =>
    stateAfter(claim(1, 1), ...commands).entries.get(1)?.digestFrom;
  expect(digestFrom(old)).toBeUndefined();
  expect(digestFrom(old, look('sha256-1m:aa'), look('sha256-1m:aa'))).toBe('look');
  expect(digestFrom(written, look(digestWritten))).toBe('fill');
});

test('a digest of another kind tells nothing: the copy is not due, serves on, and keeps the digest it has', () => {
  const other = { ...written, created: { ...written.created, contentDigest: 'sha512-4m:00' } };
  const state = stateAfter(claim(1, 1), other);
  expect(dueForVerification(state, '2030-01-01T00:00:00.000Z')).toEqual([]);
  expect(imageCacheDecider.decide(look('sha256-1m:ff'), state)).toEqual([]);
  expect(imageCacheDecider.decide(look('sha512-4m:ff'), stateAfter(claim(1, 1), written))).toEqual([]);
});

test('a look that is recorded already is not recorded twice; a later one is', () => {
  const state = stateAfter(claim(1, 1), written, look(digestWritten));
  expect(imageCacheDecider.decide(look(digestWritten), state)).toEqual([]);
  expect(imageCacheDecider.decide(look(digestWritten, '2026-02-08T00:00:00.000Z'), state)).toHaveLength(1);
});

test('what a look has found stays with the copy it has retired, and so does why any copy was retired', () => {
  const found = { contentDigest: 'sha256-1m:ff', at: '2026-02-01T00:00:00.000Z' };
  const bad = stateAfter(claim(1, 1), written, look(found.contentDigest)).entries.get(1)!;
  expect(bad).toMatchObject({ status: 'retired', mismatch: found, retiredFor: 'verify-failed' });
  expect(isQuarantined(bad)).toBe(true);
  const retire = (reason: EvictReason) =>
    stateAfter(claim(1, 1), written, { do: 'RetireEntry', generation: generationOf(1), reason }).entries.get(1)!;
  expect(retire('verify-failed')).toMatchObject({ retiredFor: 'verify-failed', mismatch: undefined });
  expect((['verify-failed', 'manual', 'lost'] as const).map((reason) => isQuarantined(retire(reason)))).toEqual([
    true,
    false,
    false,
  ]);
});

test('a copy that was retired meanwhile is left alone', () =>
  expect(
    imageCacheDecider.decide(
      look('sha256-1m:ff'),
      stateAfter(claim(1, 1), written, { do: 'RetireEntry', generation: generationOf(1), reason: 'manual' }),
    ),
  ).toEqual([]));

test('the copy that was unseen for longest is due first, one seen lately is not due', () => {
  const second = {
    ...written,
    created: { ...written.created, generation: 2 as Generation, at: '2026-01-01T00:00:00Z' },
  };
  const state = stateAfter(claim(1, 1), written, claim(2, 2), second);
  const due = (before: string) => dueForVerification(state, before).map(({ generation }) => generation);
  expect(due('2026-03-01T00:00:00.000Z')).toEqual([2, 1]);
  expect(due('2026-01-02T00:00:00.000Z')).toEqual([2]);
  expect(due('2025-01-01T00:00:00.000Z')).toEqual([]);
});

test('a fill that no create asked for is begun once, and leaves no lease behind', () => {
  const begin: ImageCacheCommand = { ...claim(9, 1), do: 'BeginFill' };
  given(imageCacheDecider, [])
    .when(begin)
    .then({
      type: 'fill-started',
      data: expect.objectContaining({ volumeId: null, imageVolumeId: imageVolumeOf(9), image: imageOf(1) }) as unknown,
    });
  expect(imageCacheDecider.decide(begin, stateAfter(begin))).toEqual([]);
  expect(stateAfter(begin, complete(1)).entries.get(1)).toMatchObject({ status: 'ready', claims: 0, leases: 0 });
});
