import type { Generation, PoolRef, VolumeId } from '@hearth/kernel';
import { fillProgressSchema, progressKey } from './fill-progress';

const pool = 'node.1@file#fast' as PoolRef;
const volumeId = '10000000-0000-4000-8000-000000000001' as VolumeId;
const progress = {
  pool,
  generation: 3 as Generation | null,
  volumeId: null as VolumeId | null,
  imageId: '30000000-0000-4000-8000-000000000001',
  phase: 'download',
  bytesDone: 42,
  bytesTotal: 100,
  percent: 42,
  startedAt: '2026-01-02T03:04:05.678Z',
  at: '2026-01-02T03:04:06.678Z',
};

test('a fill is known by its pool and generation, whoever runs it, and a download by its volume', () => {
  expect(progressKey(progress)).toBe('fill.=bm9kZS4xQGZpbGUjZmFzdA.3');
  expect(progressKey({ ...progress, volumeId })).toBe(progressKey(progress));
  expect(progressKey({ pool, generation: null, volumeId })).toBe(`download.${volumeId}`);
});

test('what names neither is no progress, and has no key', () => {
  expect(fillProgressSchema.safeParse(progress).success).toBe(true);
  const nothing = { ...progress, generation: null };
  expect(fillProgressSchema.safeParse(nothing).error?.issues[0]?.message).toMatch('neither a generation nor a volume');
  expect(() => progressKey(nothing)).toThrow(`a fill in ${pool}`);
});

test.each([{ percent: 101 }, { percent: 4.5 }, { bytesDone: -1 }, { phase: 'nap' }, { pool: 'here' }])(
  '%j is refused',
  (patch) => {
    expect(fillProgressSchema.safeParse({ ...progress, ...patch }).success).toBe(false);
  },
);
