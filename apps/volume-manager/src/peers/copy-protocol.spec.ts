import type { PoolRef } from '@hearth/kernel';
import { copyOfferSchema, diskPath, offerPath, parseRequest } from './copy-protocol';

const pool = 'store-01@fast#a.b' as PoolRef;

test('what is asked for is what is understood', () => {
  const content = 'sha512:0a/bare/qcow2#é&content=x';
  expect(parseRequest(offerPath(content))).toEqual({ kind: 'offer', content });
  const copy = { pool, generation: 7 };
  const part = { fromByte: 2 ** 40, transfer: '6f0a2c1e-0d3a-4f0e-9f0e-0123456789ab' };
  expect(parseRequest(diskPath(copy, part))).toEqual({ kind: 'disk', copy, ...part });
  expect(parseRequest(diskPath(copy, { fromByte: 0, transfer: undefined }))).toEqual({
    kind: 'disk',
    copy,
    fromByte: 0,
  });
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
  '/v1/copies/a@b%23c/1/disk?from=0&transfer=a%20b',
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
