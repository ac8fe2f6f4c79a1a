import { createHash } from 'node:crypto';
import type { Database, Statement } from '../database/database';
import { type AnyOf, type Condition, equals, type Parameter } from './conditions';
import { defaultOrder, orderBy, pageAfter, type SortColumns, type SortKey, sortOf } from './order';

/** Whose rows: a project's, those of any of several, or those of all. */
export type ProjectScope = { readonly id: AnyOf } | 'all';

/** One page of a list. */
export interface PageOptions<Field extends string> {
  /** Newest first unless told; creation and id always end the order. */
  readonly sort?: readonly SortKey<Field | 'id' | 'createdAt'>[];
  readonly limit: number;
  /** Id of the last row of the page before. */
  readonly marker?: string;
  readonly offset?: number;
  /** True: counts all that match, whatever the page. */
  readonly withCount?: boolean;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Only when asked for. */
  readonly count: number | undefined;
}

/** A kind of rows that can be listed. */
export interface Listed<Field extends string> {
  /** What the rows are, in a sentence: `volume`. */
  readonly noun: string;
  /** What follows `from`. */
  readonly table: string;
  /** What follows `select`. */
  readonly columns: string;
  readonly sort: SortColumns<Field>;
}

/** The row that a page is to begin after does not exist, or is not in the list for this caller. */
export class MarkerNotFoundError extends Error {
  constructor(
    readonly marker: string,
    /** What it should have named: `volume`, `snapshot`, … */
    readonly noun: string,
  ) {
    super(`the marker ${marker} names no ${noun} of this list`);
    this.name = 'MarkerNotFoundError';
  }
}

/**
 * One page of the rows for which all conditions hold. The marker must be one of those for which `visible` holds. Throws
 * `MarkerNotFoundError`, `ReadModelUnavailableError`.
 */
export async function listRows<Row extends object, Field extends string>(
  database: Database,
  listed: Listed<Field>,
  { visible, filters }: { readonly visible: readonly Condition[]; readonly filters: readonly Condition[] },
  { sort, limit, marker, offset = 0, withCount = false }: PageOptions<Field>,
): Promise<Page<Row>> {
  const order = sortOf<Field | 'id' | 'createdAt'>(sort ?? defaultOrder);
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const conditions = [...visible, ...filters].map((condition) => condition(parameter));
  const matching = [...values];
  const page = [...conditions];
  if (marker !== undefined) {
    page.push(pageAfter(listed.sort, order, await findMarker(database, listed, visible, marker), parameter));
  }
  const text = `select ${listed.columns} from ${listed.table}${whereOf(page)}
    order by ${orderBy(listed.sort, order)} limit ${parameter(limit)} offset ${parameter(offset)}`;
  const counting = withCount ? countMatching(database, listed, conditions, matching) : undefined;
  const [rows, count] = await Promise.all([database.query<Row>(listStatement(text), values), counting]);
  return { rows, count };
}

async function findMarker<Field extends string>(
  database: Database,
  { noun, table, columns, sort }: Listed<Field>,
  visible: readonly Condition[],
  marker: string,
): Promise<object> {
  const values: unknown[] = [marker];
  const conditions = visible.map((condition) => condition((value) => `$${values.push(value)}`));
  const text = `select ${columns} from ${table}${whereOf([`${sort.id.expression} = $1`, ...conditions])}`;
  const [row] = await database.query<object>(listStatement(text), values);
  if (!row) throw new MarkerNotFoundError(marker, noun);
  return row;
}

async function countMatching<Field extends string>(
  database: Database,
  { table }: Listed<Field>,
  conditions: readonly string[],
  values: unknown[],
): Promise<number> {
  const counted = listStatement(`select count(*) as count from ${table}${whereOf(conditions)}`);
  const [row] = await database.query<{ count: number }>(counted, values);
  return row?.count ?? 0;
}

/** The condition that rows are of a project, as far as one is named. */
export const inProject = (expression: string, project: ProjectScope): readonly Condition[] =>
  project === 'all' ? [] : [equals(expression)(project.id)];

const whereOf = (conditions: readonly string[]) => (conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '');

/** The parts of a list's text come from closed sets, so that there are only so many statements; each is named by its text. */
export function listStatement(text: string): Statement {
  let known = listStatements.get(text);
  if (!known) {
    known = { name: `l${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
    if (listStatements.size < statementsMax) listStatements.set(text, known);
    else known = { name: '', text };
  }
  return known;
}

const listStatements = new Map<string, Statement>();
/** What a connection prepares at the most; rarer lists are planned each time. */
const statementsMax = 400;
