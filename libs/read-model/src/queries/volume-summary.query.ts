import type { Database } from '../database/database';
import type { Parameter } from './conditions';
import { listStatement, type ProjectScope } from './list-rows';
import { filtersOf, visibleTo, type VolumeFilters } from './volumes.query';

/** What the volumes of a project, or of all, add up to. */
export interface VolumeSummary {
  readonly count: number;
  readonly sizeGib: number;
  /** Every key of their metadata with the values it has; undefined unless asked for. */
  readonly metadata: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface VolumeSummaryOptions {
  readonly project: ProjectScope;
  readonly filters?: VolumeFilters;
  /** As from microversion 3.36. */
  readonly withMetadata?: boolean;
}

/** Throws `ReadModelUnavailableError`. */
export async function summarizeVolumes(database: Database, options: VolumeSummaryOptions): Promise<VolumeSummary> {
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const conditions = [...visibleTo(options.project), ...filtersOf(options.filters)].map((one) => one(parameter));
  const from = `from volumes where ${conditions.join(' and ')}`;
  const totals = database.query<{ count: number; sizeGib: number }>(
    listStatement(`select count(*) as count, coalesce(sum(size_gib), 0)::bigint as "sizeGib" ${from}`),
    values,
  );
  const pairs = options.withMetadata
    ? database.query<{ key: string; values: string[] }>(
        listStatement(`select m.key, array_agg(distinct m.value order by m.value) as values
          from (select metadata ${from}) v cross join lateral jsonb_each_text(v.metadata) m group by m.key order by m.key`),
        values,
      )
    : undefined;
  const [[total], metadata] = await Promise.all([totals, pairs]);
  return {
    count: total?.count ?? 0,
    sizeGib: total?.sizeGib ?? 0,
    metadata: metadata && Object.fromEntries(metadata.map((pair) => [pair.key, pair.values])),
  };
}
