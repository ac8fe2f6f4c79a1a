import type { Client } from 'pg';
import { columnName, type AnyTable } from '../tables/table';
import { scratchSchema } from './scratch-schema';

/** How a live table differs from the one that was built from the log. */
export interface TableDifference {
  readonly table: string;
  /** Rows that the log leads to and the live table has not; all of them when the table is gone. */
  readonly missing: number;
  /** Rows of the live table that nothing in the log leads to. */
  readonly unexpected: number;
  /** Rows that are in both and not the same. */
  readonly changed: number;
  /** The first rows that differ, in both forms. */
  readonly examples: readonly { readonly live: unknown; readonly rebuilt: unknown }[];
}

const examplesMax = 5;

/** Row by row, column by column; undefined when the tables are the same. */
export async function compareTable(
  client: Client,
  liveSchema: string,
  table: AnyTable,
  exists: boolean,
): Promise<TableDifference | undefined> {
  const rebuilt = `${scratchSchema}.${table.name}`;
  if (!exists) {
    const { rows } = await client.query<{ count: number }>(`select count(*) as count from ${rebuilt}`);
    return { table: table.name, missing: rows[0]!.count, unexpected: 0, changed: 0, examples: [] };
  }
  const key = table.key.map((property: string) => columnName(property));
  const both = `${liveSchema}.${table.name} l full join ${rebuilt} r using (${key.join(', ')})`;
  const [noLive, noRebuilt] = [`l.${key[0]} is null`, `r.${key[0]} is null`];
  const differ = `(${noLive} or ${noRebuilt} or row(l.*) is distinct from row(r.*))`;
  const { rows } = await client.query<{ missing: number; unexpected: number; changed: number }>(`
    select count(*) filter (where ${noLive}) as missing, count(*) filter (where ${noRebuilt}) as unexpected,
      count(*) filter (where not ${noLive} and not ${noRebuilt}) as changed
    from ${both} where ${differ}`);
  const counts = rows[0]!;
  if (counts.missing + counts.unexpected + counts.changed === 0) return undefined;
  const examples = await client.query<{ live: unknown; rebuilt: unknown }>(`
    select case when ${noLive} then null else to_jsonb(l.*) end as live,
           case when ${noRebuilt} then null else to_jsonb(r.*) end as rebuilt
    from ${both} where ${differ} order by ${key.join(', ')} limit ${examplesMax}`);
  return { table: table.name, ...counts, examples: examples.rows };
}
