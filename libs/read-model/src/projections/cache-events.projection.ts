import type { Actor, ImageCacheEvent } from '@hearth/contracts';
import { unjournalled, type CacheEventRow, type JournalledType } from '../tables/cache-events.table';
import { poolsOf } from './cache-pools.projection';
import type { FactRows } from './fact-rows';
import { logInstant, poolOccurrence } from './log-clock.projection';
import { ofCategory, type Projection } from './projection';

/** A pool's journal: what happened to its cache, and which settings it had since when. Comes before the rows that it looks at change. */
export const cacheEventsProjection: Projection = {
  name: 'cache-events',
  needs(rows, commits) {
    for (const commit of commits) {
      for (const event of ofCategory(commit, 'image-cache')?.events ?? []) {
        const { pool, generation } = { pool: commit.stream.id, generation: generationOf(event) };
        rows.cachePools.want({ pool });
        if (generation !== null) rows.cacheEntries.want({ pool, generation });
      }
      for (const event of ofCategory(commit, 'service')?.events ?? []) {
        for (const pool of poolsOf(event)) rows.cachePools.want({ pool });
      }
    }
  },
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (ofCache) {
      const place = { pool: commit.stream.id, ...placeOf(rows, commit) };
      for (const [ordinal, event] of ofCache.events.entries()) {
        if (isJournalled(event)) rows.cacheEvents.put({ ...place, ordinal, ...rowOf(rows, place.pool, event) });
      }
    }
    for (const [ordinal, event] of (ofCategory(commit, 'service')?.events ?? []).entries()) {
      if (event.type !== 'CacheSettingsReported') continue;
      for (const pool of poolsOf(event)) {
        const known = rows.cachePools.get({ pool })?.settings;
        // Hosts report at each start.
        if (known && JSON.stringify(known) === JSON.stringify(event.data.cache)) continue;
        const at = logInstant(rows);
        rows.cacheEvents.put({
          ...{ pool, sequence: commit.sequence, ordinal, type: 'settings-reported', at, data: event.data.cache },
          ...{ generation: null, imageId: null, by: null, requestId: null },
        });
      }
    }
  },
};

type Journalled = Extract<ImageCacheEvent, { type: JournalledType }>;

function isJournalled(event: ImageCacheEvent): event is Journalled {
  return !(unjournalled as readonly string[]).includes(event.type);
}

function placeOf(rows: FactRows, commit: Parameters<typeof poolOccurrence>[1]) {
  const { at, sequence, correlationId } = poolOccurrence(rows, commit);
  return { at, sequence, requestId: correlationId ?? null };
}

function rowOf(
  rows: FactRows,
  pool: string,
  event: Journalled,
): Pick<CacheEventRow, 'type' | 'generation' | 'imageId' | 'by' | 'data'> {
  const { type, data } = event;
  const generation = generationOf(event);
  const entry = generation === null ? undefined : rows.cacheEntries.get({ pool, generation });
  return { type, generation, imageId: imageIdOf(data) ?? entry?.imageId ?? null, by: actorOf(data), data };
}

function generationOf({ data }: ImageCacheEvent): number | null {
  return 'generation' in data ? data.generation : null;
}

function imageIdOf(data: ImageCacheEvent['data']): string | undefined {
  if ('image' in data && data.image) return data.image.id;
  return 'imageId' in data ? data.imageId : undefined;
}

function actorOf(data: ImageCacheEvent['data']): Actor | null {
  return ('by' in data ? data.by : undefined) ?? null;
}
