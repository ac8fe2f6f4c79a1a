import { Client } from 'pg';

/** Tables, indexes and functions of a database as text that is the same on every version of PostgreSQL. */
export async function describeSchema(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const parts = [];
    for (const query of [columns, constraints, indexes, functions]) {
      parts.push((await client.query<{ line: string }>(query)).rows.map(({ line }) => line).join('\n'));
    }
    return `${parts.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}

const columns = `
  select format('column %s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      case when co.collname is null or co.collname = 'default' then '' else ' collate ' || co.collname end,
      case when a.attnotnull then ' not null' else '' end,
      case when d.oid is null then '' else ' default ' || pg_get_expr(d.adbin, d.adrelid) end) as line
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_collation co on co.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'migrations'
    order by c.relname, a.attnum`;

/** PostgreSQL 18 lists not-null constraints here as well; the columns say so already. */
const constraints = `
  select format('constraint %s on %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid)) as line
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 'migrations'::regclass
    order by conrelid::regclass::text, conname`;

const indexes = `
  select indexdef as line from pg_indexes where schemaname = 'public' and tablename <> 'migrations' order by indexname`;

const functions = `
  select pg_get_functiondef(oid) as line from pg_proc where pronamespace = 'public'::regnamespace order by proname`;
