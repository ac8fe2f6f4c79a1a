import { invalidInput } from '../fault';
import { isStorable } from '../http/storable-text';

export const cacheEntryStatuses = ['filling', 'ready', 'retired'] as const;

/** Which cache entries to list. */
export interface CacheEntriesQuery {
  readonly pool?: string;
  readonly imageId?: string;
  readonly status?: (typeof cacheEntryStatuses)[number];
}

const names = ['pool', 'image_id', 'status'];

/** Reads the query of `GET /v3/cache/entries`. Throws a fault of 400. */
export function parseCacheEntries(query: URLSearchParams): CacheEntriesQuery {
  for (const [name, value] of query) {
    if (!names.includes(name)) throw invalidInput(`unknown filter '${name}': known are ${names.join(', ')}`);
    if (!isStorable(value)) throw invalidInput(`${name} holds a character that is no text.`);
  }
  const wanted = query.get('status');
  const status = cacheEntryStatuses.find((known) => known === wanted);
  if (wanted !== null && !status) throw invalidInput(`status is none of ${cacheEntryStatuses.join(', ')}: '${wanted}'`);
  return { pool: query.get('pool') ?? undefined, imageId: query.get('image_id') ?? undefined, status };
}
