import type { ImageCacheEvent } from '@hearth/contracts';
import type { CacheClaimRow } from '../tables/cache-claims.table';
import type { FactRows } from './fact-rows';
import { poolOccurrence } from './log-clock.projection';
import { dispatch, ofCategory, type Handlers, type Occurrence, type Projection } from './projection';

/** A pool's stream: which creates in progress hold what in its cache. */
export const cacheClaimsProjection: Projection = {
  name: 'cache-claims',
  needs(rows, commits) {
    for (const { stream, events } of commits.flatMap((commit) => ofCategory(commit, 'image-cache') ?? [])) {
      rows.cachePools.want({ pool: stream.id });
      for (const event of events) {
        if (event.type !== 'released') continue;
        for (const volumeId of event.data.volumeIds) rows.cacheClaims.want({ volumeId, pool: stream.id });
      }
    }
  },
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (!ofCache) return;
    const occurrence = poolOccurrence(rows, commit);
    for (const event of ofCache.events) dispatch(on, rows.cacheClaims, event, occurrence);
  },
};

type Claims = FactRows['cacheClaims'];

const on = {
  'fill-started': (claims, { volumeId, generation }, occurrence) => {
    if (volumeId) claim(claims, occurrence, { volumeId, generation, stage: 'filling' });
  },
  joined: (claims, { volumeId, generation }, occurrence) =>
    claim(claims, occurrence, { volumeId, generation, stage: 'waiting' }),
  leased: (claims, { volumeId, generation }, occurrence) =>
    claim(claims, occurrence, { volumeId, generation, stage: 'leased' }),
  released: (claims, { volumeIds }, { streamId, at }) => {
    for (const volumeId of volumeIds) {
      const held = claims.get({ volumeId, pool: streamId });
      if (held && held.stage !== 'leased') claims.put({ ...held, stage: 'released', since: at });
    }
  },
  'lease-ended': (claims, { volumeId }, { streamId }) => claims.remove({ volumeId, pool: streamId }),
  hit: (claims, { volumeId }, { streamId }) => claims.remove({ volumeId, pool: streamId }),
  miss: (claims, { volumeId }, { streamId }) => claims.remove({ volumeId, pool: streamId }),
  'fill-sized': () => undefined,
  create: () => undefined,
  identified: () => undefined,
  'fill-failed': () => undefined,
  evict: () => undefined,
  verified: () => undefined,
  'verify-failed': () => undefined,
  reaped: () => undefined,
  suspended: () => undefined,
  resumed: () => undefined,
  pinned: () => undefined,
  unpinned: () => undefined,
  'switched-off': () => undefined,
  'switched-on': () => undefined,
  asked: () => undefined,
  'prefetch-requested': () => undefined,
  'prefetch-cancelled': () => undefined,
  'prefetch-ended': () => undefined,
  'dependants-counted': () => undefined,
  'size-corrected': () => undefined,
  'orphan-removed': () => undefined,
} satisfies Handlers<ImageCacheEvent, Claims, void>;

/** A create holds one claim in a pool: a new one takes the place of the old, on whichever entry that was. */
function claim(
  claims: Claims,
  { streamId, at }: Occurrence,
  held: Pick<CacheClaimRow, 'volumeId' | 'generation' | 'stage'>,
): void {
  claims.put({ ...held, pool: streamId, since: at });
}
