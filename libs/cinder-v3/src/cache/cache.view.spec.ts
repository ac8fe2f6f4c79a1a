import { cacheEntrySchema, cachePoolSchema } from '../openapi/cache.schemas';
import { cacheEntryView } from './cache-entry.view';
import { cachePoolView } from './cache-pool.view';

const pool = 'store-01@fast#pool';
const at = '2026-11-21T00:49:40.000Z';

test('an entry is shown as the document describes it', () => {
  const view = cacheEntryView({
    pool,
    generation: 1,
    content: 'sha512:ab',
    imageId: '533ef249-e7e6-476f-ae5c-155c354defa4',
    imageName: null,
    imageVolumeId: 'ec24550f-4bb3-40a6-9b0f-ac27e8eaa1ee',
    sizeGib: 1,
    status: 'retired',
    retireReason: 'fill-failed',
    retiredBy: { userId: 'root' as never, projectId: 'operators' as never, requestId: null },
    retirePolicy: 'sieve',
    suspended: 'deactivated',
    suspendedAt: at,
    pinned: true,
    projectId: 'demo',
    prefetchId: null,
    successorOf: 7,
    failure: { code: 'image.hash_mismatch', reason: 'the bytes are others', ...{ detail: 'for operators' } },
    digest: null,
    verifiedBy: null,
    contentDigest: 'sha256-1m:00',
    signature: 'verified',
    ignoredChecks: ['polyglot'],
    source: { kind: 'peer', host: 'store-02', declined: [{ host: 'store-03', reason: 'busy' }] },
    verifiedAt: at,
    corruption: { expectedDigest: 'sha256-1m:00', foundDigest: 'sha256-1m:ff', at },
    bytesDownloaded: 7,
    bytesWritten: 5,
    durationsMs: { download: 1.5 },
    hits: 0,
    usedBy: 2,
    dependants: 3,
    dependantsAt: at,
    lastUsedAt: at,
    createdAt: at,
    readyAt: null,
    retiredAt: at,
    reapedAt: null,
    claims: 0,
    leases: 0,
    progress: { phase: 'peer', bytesDone: 1, bytesTotal: 2, percent: 50 },
  });
  expect(cacheEntrySchema.parse(view)).toEqual(view);
  expect(view.progress).toEqual({ phase: 'peer', bytes_done: 1, bytes_total: 2, percent: 50 });
  expect(view.corruption).toEqual({ expected_digest: 'sha256-1m:00', found_digest: 'sha256-1m:ff', at });
  expect(view).toMatchObject({ dependants: { count: 3, at }, suspended: { cause: 'deactivated', at } });
  expect(view.failure).toEqual({ code: 'image.hash_mismatch', reason: 'the bytes are others' });
});

test('a pool that has not reported yet is shown as the document describes it', () => {
  const numbers = { sizeGib: 0, fillingCount: 0, readyCount: 0, retiredGib: 0, retiredCount: 0, hits: 0, joined: 0 };
  const more = { misses: 0, evictions: 0, fillsFailed: 0, bytesDownloaded: 0, bytesFromPeers: 0, updatedAt: at };
  const view = cachePoolView({
    pool,
    state: null,
    reason: null,
    maxSizeGib: null,
    maxCount: null,
    settings: null,
    offReady: null,
    offBy: null,
    pinnedCount: 0,
    suspendedCount: 0,
    ...numbers,
    ...more,
  });
  expect(cachePoolSchema.parse(view)).toEqual(view);
});
