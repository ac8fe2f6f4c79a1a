import type { QueryConfig } from 'pg';
import type { FactRows } from '../projections/fact-rows';
import type { CheckpointRow } from '../tables/configuration.tables';
import { jsonText } from '../tables/json-text';
import { deleteSql, upsertSql } from '../tables/table';

/** The channel on which every write tells the position that it reached. */
export const projectedChannel = 'hearth_projected';

export interface Write {
  readonly from: CheckpointRow;
  readonly to: CheckpointRow;
  readonly announces: boolean;
}

/**
 * All changes of the rows and the move of the checkpoint as one statement: one round trip, one transaction. It is prepared
 * once for every combination of tables that change together, of which there are few.
 */
export function writeStatement(rows: FactRows, { from, to, announces }: Write): QueryConfig {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const checkpoint = [from.generation, from.sequence, to.sequence, to.commitId, to.commitDigest, to.runningHash];
  const moved = `advance_checkpoint(${checkpoint.map(parameter).join(', ')})`;
  const notice = announces ? [`pg_notify('${projectedChannel}', ${parameter(String(to.sequence))})`] : [];
  const steps: string[] = [];
  const names: string[] = [announces ? 'a' : ''];
  const step = (name: string, sql: string) => {
    steps.push(`${name} as (${sql})`);
    names.push(name);
  };
  rows.sets.forEach((set, ordinal) => {
    const { upserts, deletions } = set.takeChanges();
    if (upserts.length > 0) step(`u${ordinal}`, upsertSql(set.table, parameter(jsonText(upserts))));
    if (deletions.length > 0) step(`d${ordinal}`, deleteSql(set.table, parameter(jsonText(deletions))));
  });
  const fulfilled = rows.takeFulfilled();
  if (fulfilled.length > 0) {
    step('q', `delete from quota_reservations where key = any(${parameter(fulfilled)}::text[])`);
  }
  const text = `${steps.length > 0 ? `with ${steps.join(', ')} ` : ''}select ${[moved, ...notice].join(', ')}`;
  return { name: `write_${names.join('')}`, text, values };
}
