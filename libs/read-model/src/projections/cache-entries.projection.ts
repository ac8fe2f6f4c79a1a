import type { ImageCacheEvent } from '@hearth/contracts';
import type { CacheEntryRow } from '../tables/cache-entries.table';
import { followState } from './entry-states.derive';
import { poolOccurrence } from './log-clock.projection';
import { dispatch, instantOf, ofCategory, unchanged, type Handlers, type Projection } from './projection';

type Row = CacheEntryRow | undefined;

/** A pool's stream: one row a fill attempt; its image-volume and the pool's content follow from it. */
export const cacheEntriesProjection: Projection = {
  name: 'cache-entries',
  needs(rows, commits) {
    for (const { stream, events } of commits.flatMap((commit) => ofCategory(commit, 'image-cache') ?? [])) {
      const pool = stream.id;
      rows.cachePools.want({ pool });
      for (const { type, data } of events) {
        if (!('generation' in data) || data.generation === null) continue;
        const entry = rows.cacheEntries.want({ pool, generation: data.generation });
        const source = type === 'fill-started' ? data : entry;
        if (!source) continue;
        rows.volumes.want({ id: source.imageVolumeId });
        rows.projectUsage.want({ projectId: source.internalProjectId });
      }
    }
  },
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (!ofCache) return;
    const occurrence = poolOccurrence(rows, commit);
    for (const event of ofCache.events) {
      if (!('generation' in event.data) || event.data.generation === null) continue;
      const before = rows.cacheEntries.get({ pool: commit.stream.id, generation: event.data.generation });
      const row = dispatch<ImageCacheEvent, Row, Row>(on, before, event, occurrence);
      if (row && row !== before) rows.cacheEntries.put(followState(rows.cacheEntryStates, before, row, occurrence));
    }
  },
};

const on = {
  'fill-started': (row, data, { at, streamId, sequence }) =>
    row ?? {
      pool: streamId,
      generation: data.generation,
      content: data.content,
      imageId: data.image.id,
      imageName: data.image.name,
      imageVolumeId: data.imageVolumeId,
      sizeGib: data.sizeGib,
      status: 'filling',
      retireReason: null,
      failure: null,
      host: data.host,
      incarnation: data.incarnation,
      attempt: data.attempt,
      filledFor: data.volumeId,
      projectId: data.projectId ?? null,
      prefetchId: data.prefetchId ?? null,
      successorOf: data.successorOf ?? null,
      internalProjectId: data.internalProjectId,
      internalUserId: data.internalUserId,
      digest: null,
      verifiedBy: null,
      contentDigest: null,
      signature: null,
      ignoredChecks: null,
      source: null,
      verifiedAt: null,
      corruption: null,
      suspended: null,
      suspendedAt: null,
      bytesDownloaded: 0,
      bytesWritten: 0,
      durationsMs: {},
      hits: 0,
      lastUsedAt: at,
      usedBy: 0,
      dependants: null,
      dependantsAt: null,
      createdAt: at,
      readyAt: null,
      retiredAt: null,
      retiredBy: null,
      retirePolicy: null,
      reapedAt: null,
      updatedAt: at,
      stateSequence: sequence,
      stateSince: at,
    },
  'fill-sized': (row, { sizeGib }, { at }) => row && { ...row, sizeGib, updatedAt: at },
  identified: (row, { image, content }, { at }) =>
    row && { ...row, content, imageId: image.id, imageName: image.name, updatedAt: at },
  create: (row, data, { at }) =>
    row && {
      ...row,
      status: 'ready',
      sizeGib: data.sizeGib,
      digest: data.digest,
      verifiedBy: data.verifiedBy,
      contentDigest: data.contentDigest ?? null,
      signature: data.signature ?? null,
      ignoredChecks: data.ignoredChecks ?? null,
      source: data.source ?? null,
      verifiedAt: data.at === undefined ? null : instantOf(data.at),
      bytesDownloaded: data.bytesDownloaded,
      bytesWritten: data.bytesWritten,
      durationsMs: data.durationsMs,
      readyAt: at,
      lastUsedAt: at,
      updatedAt: at,
    },
  'fill-failed': (row, { failure }, { at }) =>
    row && { ...row, status: 'retired', retireReason: 'fill-failed', failure, retiredAt: at, updatedAt: at },
  evict: (row, { reason, by, policy }, { at }) =>
    row && {
      ...row,
      status: 'retired',
      retireReason: reason,
      retiredAt: at,
      retiredBy: by ?? null,
      retirePolicy: policy ?? null,
      updatedAt: at,
    },
  reaped: (row, _data, { at }) => row && { ...row, status: 'reaped', reapedAt: at, updatedAt: at },
  leased: (row, _data, { at }) => row && { ...row, lastUsedAt: at },
  hit: (row) => row && { ...row, hits: row.hits + 1 },
  miss: unchanged,
  joined: unchanged,
  released: unchanged,
  'lease-ended': unchanged,
  verified: (row, { contentDigest, at }) =>
    row && { ...row, contentDigest: row.contentDigest ?? contentDigest, verifiedAt: instantOf(at) },
  'verify-failed': (row, { expectedDigest, contentDigest, at }, { at: recordedAt }) =>
    row && {
      ...row,
      corruption: { expectedDigest, foundDigest: contentDigest, at: instantOf(at) },
      updatedAt: recordedAt,
    },
  suspended: (row, { cause }, { at }) => row && { ...row, suspended: cause, suspendedAt: at },
  resumed: (row) => row && { ...row, suspended: null, suspendedAt: null },
  pinned: unchanged,
  unpinned: unchanged,
  'switched-off': unchanged,
  'switched-on': unchanged,
  asked: unchanged,
  'prefetch-requested': unchanged,
  'prefetch-cancelled': unchanged,
  'prefetch-ended': (row, { outcome }) =>
    row?.retireReason === 'fill-failed' && outcome === 'cancelled' ? { ...row, retireReason: 'cancelled' } : row,
  'dependants-counted': (row, { count }, { at }) => row && { ...row, dependants: count, dependantsAt: at },
  'size-corrected': (row, { sizeGib }, { at }) => row && { ...row, sizeGib, updatedAt: at },
  'orphan-removed': unchanged,
} satisfies Handlers<ImageCacheEvent, Row>;
