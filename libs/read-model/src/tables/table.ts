/** `id` is text compared byte by byte; a trailing `?` allows null. */
export type ColumnType =
  'id' | 'text' | 'integer' | 'bigint' | 'double precision' | 'boolean' | 'jsonb' | 'timestamptz';
export type Column = ColumnType | `${ColumnType}?`;

/**
 * What the code knows of a table: its columns by the property that carries them, and its primary key. The one source of the
 * SQL that reads and writes rows, and of the entities that a test holds against the migrations.
 */
export interface Table<Row extends object, Key extends keyof Row & string = keyof Row & string> {
  readonly name: string;
  readonly key: readonly Key[];
  readonly columns: Readonly<Record<keyof Row & string, Column>>;
}

/** Names a row; a row names itself. */
export type KeyOf<Row extends object, Key extends keyof Row & string> = Readonly<Pick<Row, Key>>;

/** Any table, where the kind of its rows does not matter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table is used here by names only, never by its rows
export type AnyTable = Table<any, any>;

/** `sizeGib` is the column `size_gib`. */
export function columnName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function sqlType(column: Column): string {
  const type = column.replace('?', '');
  return type === 'id' ? 'text' : type;
}

export const isNullable = (column: Column): boolean => column.endsWith('?');

/** A row's key as one text. Only the last part of a key may hold a space. */
export function keyText<Row extends object, Key extends keyof Row & string>(
  { key }: Table<Row, Key>,
  row: KeyOf<Row, Key>,
): string {
  return key.length === 1 ? String(row[key[0]!]) : key.map((property) => String(row[property])).join(' ');
}

/** The columns of a row under the names of its properties. */
export function selectList(table: AnyTable, alias = table.name): string {
  return Object.keys(table.columns)
    .map((property) => `${alias}.${columnName(property)} as "${property}"`)
    .join(', ');
}

/**
 * Rows arrive as one JSON array under the names of their properties: one parameter however many rows and columns, and
 * PostgreSQL does the parsing.
 */
function recordset(table: AnyTable, properties: readonly string[], parameter: string): string {
  const columns = properties.map((property) => `"${property}" ${sqlType(table.columns[property]!)}`);
  return `json_to_recordset(${parameter}::json) as r(${columns.join(', ')})`;
}

function keyMatches(table: AnyTable, alias: string): string {
  return table.key.map((property: string) => `${alias}.${columnName(property)} = r."${property}"`).join(' and ');
}

/** The rows that an array of keys names. */
export function loadSql(table: AnyTable, parameter = '$1'): string {
  return `select ${selectList(table)} from ${recordset(table, table.key, parameter)}
    join ${table.name} on ${keyMatches(table, table.name)}`;
}

export function upsertSql(table: AnyTable, parameter: string): string {
  const properties = Object.keys(table.columns);
  const names = properties.map(columnName);
  const keys = table.key.map(columnName);
  const changes = names.filter((name) => !keys.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `insert into ${table.name} (${names.join(', ')})
    select ${properties.map((property) => `r."${property}"`).join(', ')} from ${recordset(table, properties, parameter)}
    on conflict (${keys.join(', ')}) do update set ${changes.join(', ')}`;
}

export function deleteSql(table: AnyTable, parameter: string): string {
  return `delete from ${table.name} using ${recordset(table, table.key, parameter)} where ${keyMatches(table, table.name)}`;
}
