import type { PoolRef } from '@hearth/kernel';
import { copyOfferSchema, diskPath, offerPath, parseRequest } from './copy-protocol';

const pool = 'store-01@fast#a.b' as PoolRef;

test('what is asked for is what is understood', () => {
  const content = 'sha512:0a/bare/qcow2#é&content=x';
  expect(parseRequest(offerPath(content))).toEqual({ kind: 'offer', content });
  const copy = { pool, generation: 7 };
  expect(parseRequest(diskPath(copy, 2 ** 40))).toEqual({ kind: 'disk', copy, fromByte: 2 ** 40 });
});

test.each([
  '/',
  '/v1/copies',
  '/v1/copies?content=',
  '/v1/copies/store-01/1/disk',
  '/v1/copies/%E0%A4%A/1/disk',
  '/v1/copies/a@b%23c/-1/disk',
  '/v1/copies/a@b%23c/1/disk?from=-5',
  '/v1/copies/a@b%23c/1/disk?from=1e3',
  '//',
])('%s asks for nothing that is known', (target) => {
  expect(parseRequest(target)).toBeUndefined();
});

test.each([
  { pool: 'store-01', generation: 1, contentDigest: 'x' },
  { pool, generation: 0, contentDigest: 'x' },
  { pool, generation: 1 },
  [],
])('%j is no offer', (offer) => {
  expect(copyOfferSchema.safeParse(offer).success).toBe(false);
});
