import type { Actor } from '@hearth/contracts';
import type { Database } from '../database/database';
import type { JournalledType } from '../tables/cache-events.table';
import type { Parameter } from './conditions';
import { listStatement } from './list-rows';

/** Something that happened to a pool's cache; `hit` and `miss` are creates that used it. */
export interface HistoryEvent {
  readonly pool: string;
  readonly sequence: number;
  readonly ordinal: number;
  readonly type: JournalledType | 'hit' | 'joined' | 'miss';
  readonly generation: number | null;
  readonly imageId: string | null;
  readonly at: string;
  readonly by: Actor | null;
  readonly requestId: string | null;
  /** The fact as it is stored; of a create, volume, project, GiB and whether it failed. */
  readonly data: unknown;
}

/** Whose history. */
export type HistorySubject =
  { readonly pool: string } | { readonly pool: string; readonly generation: number } | { readonly imageId: string };

export interface HistoryOptions {
  /** Only these; all unless told. */
  readonly types?: readonly string[];
  /** False: without the creates that used it. A pool's is without them anyway: those are a list of its volumes. */
  readonly uses: boolean;
  /** The newest first unless told. */
  readonly direction?: 'asc' | 'desc';
  readonly limit: number;
  /** Only what comes after this place in that direction. */
  readonly after?: Pick<HistoryEvent, 'at' | 'sequence' | 'ordinal'>;
  /** ISO 8601, both included. */
  readonly from?: string;
  readonly to?: string;
}

/** One page of a history, in the order of the log. Throws `ReadModelUnavailableError`. */
export function listCacheHistory(
  database: Database,
  subject: HistorySubject,
  { types, uses, direction = 'desc', limit, after, from, to }: HistoryOptions,
): Promise<HistoryEvent[]> {
  const isWholePool = 'pool' in subject && !('generation' in subject);
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const about = Object.entries(columnsOf(subject)).map(([name, value]) => `${name} = ${parameter(value)}`);
  const wanted = types && parameter(types);
  const bounds = { from: from && parameter(from), to: to && parameter(to), limit: parameter(limit) };
  const place = after && [after.at, after.sequence, after.ordinal].map(parameter);
  const part = (columns: string, table: string, at: string, type: string) => {
    const conditions = [
      ...about,
      ...(wanted ? [`${type} = any(${wanted}::text[])`] : []),
      ...(bounds.from ? [`${at} >= ${bounds.from}::timestamptz`] : []),
      ...(bounds.to ? [`${at} <= ${bounds.to}::timestamptz`] : []),
      ...(place
        ? [
            `(${at}, sequence, ordinal) ${direction === 'desc' ? '<' : '>'}
              (${place[0]}::timestamptz, ${place[1]}::bigint, ${place[2]}::integer)`,
          ]
        : []),
    ];
    return `(select ${columns} from ${table} where ${conditions.join(' and ')}
      order by ${at} ${direction}, sequence ${direction}, ordinal ${direction} limit ${bounds.limit})`;
  };
  const parts = [
    part(eventColumns, 'cache_events', 'at', 'type'),
    ...(uses && !isWholePool ? [part(useColumns, 'cache_uses', 'used_at', 'outcome')] : []),
  ];
  const text = `select * from (${parts.join(' union all ')}) h
    order by at ${direction}, sequence ${direction}, ordinal ${direction} limit ${bounds.limit}`;
  return database.query<HistoryEvent>(listStatement(text), values);
}

function columnsOf(subject: HistorySubject): Readonly<Record<string, string | number>> {
  if ('imageId' in subject) return { image_id: subject.imageId };
  return 'generation' in subject ? { pool: subject.pool, generation: subject.generation } : { pool: subject.pool };
}

const eventColumns = `pool, sequence, ordinal, type, generation, image_id as "imageId", at, by, request_id as "requestId", data`;
const useColumns = `pool, sequence, ordinal, outcome, generation, image_id, used_at, null::jsonb, request_id,
  jsonb_build_object('volumeId', volume_id, 'projectId', project_id, 'userId', user_id, 'sizeGib', size_gib,
    'volumeType', volume_type, 'failed', failed)`;
