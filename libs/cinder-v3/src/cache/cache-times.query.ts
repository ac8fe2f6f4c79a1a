import {
  admissionModes,
  evictionPolicies,
  imageCacheContract,
  type AdmissionMode,
  type EvictionPolicy,
} from '@hearth/contracts';
import { badRequest, invalidInput } from '../fault';
import { readPage } from '../http/paging';
import { checkedQuery, flagIn, instantIn, numberIn, textIn, wholeIn, wordIn, wordsIn } from './query-values';

/** The entry after which a page begins. */
export interface EntryPlace {
  readonly pool: string;
  readonly generation: number;
}

/** As it stands in links: `host@backend#pool generation`. */
export const entryMarker = ({ pool, generation }: EntryPlace) => `${pool} ${generation}`;

function entryPlace(marker: string | undefined): EntryPlace | undefined {
  if (marker === undefined) return undefined;
  const [, pool, generation] = /^(.+) (\d{1,9})$/.exec(marker) ?? [];
  if (pool === undefined) throw badRequest(`marker [${marker.slice(0, 255)}] not found`);
  return { pool, generation: Number(generation) };
}

/** What the caches held at a moment; the newest of the log where none is said. */
export interface CacheStateQuery {
  readonly at: string | undefined;
  readonly pool: string | undefined;
  readonly limit: number;
  readonly after: EntryPlace | undefined;
}

/** Reads the query of `GET /v3/cache/state`. Throws a fault of 400. */
export function parseCacheState(query: URLSearchParams): CacheStateQuery {
  checkedQuery(query, ['at', 'pool', 'limit', 'marker']);
  const { limit, marker } = readPage(query);
  return { at: instantIn(query, 'at'), pool: textIn(query, 'pool'), limit, after: entryPlace(marker) };
}

export interface CacheDifferenceQuery extends Omit<CacheStateQuery, 'at'> {
  readonly from: string;
  /** The newest of the log where none is said. */
  readonly to: string | undefined;
}

/** Reads the query of `GET /v3/cache/difference`. Throws a fault of 400. */
export function parseCacheDifference(query: URLSearchParams): CacheDifferenceQuery {
  checkedQuery(query, ['from', 'to', 'pool', 'limit', 'marker']);
  const { limit, marker } = readPage(query);
  const from = instantIn(query, 'from');
  if (from === undefined) throw invalidInput('from is missing: the earlier of two instants');
  const to = instantIn(query, 'to');
  if (to !== undefined && to < from) throw invalidInput(`from is ${from}, which is after to, ${to}`);
  return { from, to, pool: textIn(query, 'pool'), limit, after: entryPlace(marker) };
}

/** What a history's page begins after. */
export interface HistoryPlace {
  readonly sequence: number;
  readonly ordinal: number;
  readonly at: string;
}

/** As it stands in links. */
export const historyMarker = ({ sequence, ordinal, at }: HistoryPlace) => `${sequence}.${ordinal}.${Date.parse(at)}`;

export interface CacheHistoryQuery {
  readonly types: readonly string[] | undefined;
  readonly uses: boolean;
  readonly direction: 'asc' | 'desc';
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: number;
  readonly after: HistoryPlace | undefined;
}

/** Facts that are of every create's course, and told of by none but its end. */
const untold = ['leased', 'lease-ended', 'released', 'dependants-counted'];
const historyTypes: readonly string[] = [
  ...Object.keys(imageCacheContract.events).filter((type) => !untold.includes(type)),
  'settings-reported',
];

/** Reads the query of a history. Throws a fault of 400. */
export function parseCacheHistory(query: URLSearchParams): CacheHistoryQuery {
  checkedQuery(query, ['type', 'uses', 'direction', 'from', 'to', 'limit', 'marker']);
  const { limit, marker } = readPage(query);
  return {
    types: wordsIn(query, 'type', historyTypes),
    uses: flagIn(query, 'uses') ?? true,
    direction: wordIn(query, 'direction', ['asc', 'desc']) ?? 'desc',
    from: instantIn(query, 'from'),
    to: instantIn(query, 'to'),
    limit,
    after: historyPlace(marker),
  };
}

function historyPlace(marker: string | undefined): HistoryPlace | undefined {
  if (marker === undefined) return undefined;
  const [, sequence, ordinal, at] = /^(\d{1,15})\.(\d{1,9})\.(\d{1,14})$/.exec(marker) ?? [];
  if (sequence === undefined) throw badRequest(`marker [${marker.slice(0, 255)}] not found`);
  return { sequence: Number(sequence), ordinal: Number(ordinal), at: new Date(Number(at)).toISOString() };
}

const statisticsKeys = ['pool', 'image', 'project', 'hour', 'day'] as const;

export interface CacheStatisticsQuery {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly pool: string | undefined;
  readonly imageId: string | undefined;
  readonly projectId: string | undefined;
  readonly by: (typeof statisticsKeys)[number] | undefined;
  readonly limit: number;
}

/** Reads the query of `GET /v3/cache/statistics`. Throws a fault of 400. */
export function parseCacheStatistics(query: URLSearchParams): CacheStatisticsQuery {
  checkedQuery(query, ['from', 'to', 'pool', 'image_id', 'project_id', 'by', 'limit']);
  const [from, to] = [instantIn(query, 'from'), instantIn(query, 'to')];
  if (from !== undefined && to !== undefined && to < from) {
    throw invalidInput(`from is ${from}, which is after to, ${to}`);
  }
  return {
    ...{ from, to, pool: textIn(query, 'pool'), imageId: textIn(query, 'image_id')?.toLowerCase() },
    ...{ projectId: textIn(query, 'project_id'), by: wordIn(query, 'by', statisticsKeys) },
    limit: readPage(query).limit,
  };
}

/** Which decisions the advisor looks at. */
interface RecordedQuery {
  readonly pool: string;
  readonly projectId: string | undefined;
  readonly from: string | undefined;
}

const measures = ['requests', 'bytes', 'seconds'] as const;

export interface CacheAdviceQuery extends RecordedQuery {
  readonly by: (typeof measures)[number];
  /** 0 to 1. */
  readonly target: number | undefined;
  /** Instead of what the pool has; 0 is no limit. */
  readonly limitGib: number | undefined;
  readonly policy: EvictionPolicy | undefined;
}

/** Reads the query of `GET /v3/cache/advice`. Throws a fault of 400. */
export function parseCacheAdvice(query: URLSearchParams): CacheAdviceQuery {
  checkedQuery(query, ['pool', 'project_id', 'from', 'by', 'target_percent', 'limit_gib', 'policy']);
  const target = numberIn(query, 'target_percent', { above: 0, max: 100 });
  return {
    ...recorded(query),
    by: wordIn(query, 'by', measures) ?? 'requests',
    target: target === undefined ? undefined : target / 100,
    limitGib: wholeIn(query, 'limit_gib'),
    policy: wordIn(query, 'policy', evictionPolicies),
  };
}

export interface CacheShadowQuery extends RecordedQuery {
  readonly policy: EvictionPolicy;
  readonly limitGib: number;
  readonly maxCount: number;
  readonly ttlSeconds: number;
  readonly admission: { readonly mode: AdmissionMode; readonly windowSeconds: number };
}

const windowDefaultSeconds = 86_400;

/** Reads the query of `GET /v3/cache/shadow`. Throws a fault of 400. */
export function parseCacheShadow(query: URLSearchParams): CacheShadowQuery {
  const rules = ['policy', 'limit_gib', 'max_count', 'ttl_seconds', 'admission', 'window_seconds'];
  checkedQuery(query, ['pool', 'project_id', 'from', ...rules]);
  const limitGib = wholeIn(query, 'limit_gib');
  if (limitGib === undefined) throw invalidInput('limit_gib is missing: GiB that the cache would have; 0 is no limit');
  return {
    ...recorded(query),
    ...{ policy: wordIn(query, 'policy', evictionPolicies) ?? 'lru', limitGib },
    ...{ maxCount: wholeIn(query, 'max_count') ?? 0, ttlSeconds: wholeIn(query, 'ttl_seconds') ?? 0 },
    admission: {
      mode: wordIn(query, 'admission', admissionModes) ?? 'at-once',
      windowSeconds: wholeIn(query, 'window_seconds', { min: 1 }) ?? windowDefaultSeconds,
    },
  };
}

function recorded(query: URLSearchParams): RecordedQuery {
  const pool = textIn(query, 'pool');
  if (pool === undefined) throw invalidInput('pool is missing: a size is advised for one host@backend#pool at a time');
  return { pool, projectId: textIn(query, 'project_id'), from: instantIn(query, 'from') };
}
