import { createHash } from 'node:crypto';
import { statement, type Database, type Statement } from '../database/database';
import { selectList } from '../tables/table';
import { volumesTable, type VolumeRow, type VolumeStatus } from '../tables/volumes.table';
import { defaultOrder, orderBy, pageAfter, type SortKey, sortOf } from './volume-order';

/** Which volumes to list. Deleted ones never appear. */
export interface VolumeListOptions {
  /** A project's volumes, or those of `all`. */
  readonly project: { readonly id: string } | 'all';
  readonly filters?: VolumeFilters;
  /** Newest first unless told; the id always ends the order. */
  readonly sort?: readonly SortKey[];
  readonly limit: number;
  /** Id of the last volume of the page before. */
  readonly marker?: string;
  readonly offset?: number;
  /** True: counts all that match, whatever the page. */
  readonly withCount?: boolean;
}

export interface VolumeFilters {
  readonly status?: VolumeStatus;
  readonly name?: string;
  readonly availabilityZone?: string;
  readonly bootable?: boolean;
  readonly host?: string;
  readonly userId?: string;
  readonly volumeTypeId?: string;
  readonly imageId?: string;
  /** Every pair must be among the volume's. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly imageMetadata?: Readonly<Record<string, string>>;
}

export interface VolumePage {
  readonly volumes: readonly VolumeRow[];
  /** Only when asked for. */
  readonly count: number | undefined;
}

/** The volume that a page is to begin after does not exist, or not for this project. */
export class MarkerNotFoundError extends Error {
  constructor(readonly marker: string) {
    super(`the marker ${marker} names no volume of this list`);
    this.name = 'MarkerNotFoundError';
  }
}

const columns = selectList(volumesTable);
const findStatement = statement(`select ${columns} from volumes where id = $1 and deleted_at is null`);
const findAnyStatement = statement(`select ${columns} from volumes where id = $1`);

/** A volume that is not deleted; the caller looks at its project. Throws `ReadModelUnavailableError`. */
export async function findVolume(database: Database, id: string): Promise<VolumeRow | undefined> {
  const [row] = await database.query<VolumeRow>(findStatement, [id]);
  return row;
}

/** A volume, deleted or not. Throws `ReadModelUnavailableError`. */
export async function findVolumeEver(database: Database, id: string): Promise<VolumeRow | undefined> {
  const [row] = await database.query<VolumeRow>(findAnyStatement, [id]);
  return row;
}

/** One page of volumes. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export async function listVolumes(database: Database, options: VolumeListOptions): Promise<VolumePage> {
  const { marker, limit, offset = 0, withCount = false, sort } = options;
  const order = sortOf(sort ?? defaultOrder);
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const conditions = conditionsOf(options, parameter);
  const matching = [...values];
  const page = [...conditions];
  if (marker !== undefined) page.push(pageAfter(order, await findMarker(database, marker, options.project), parameter));
  const text = `select ${columns} from volumes where ${page.join(' and ')}
    order by ${orderBy(order)} limit ${parameter(limit)} offset ${parameter(offset)}`;
  const counting = withCount ? countMatching(database, conditions, matching) : undefined;
  const [volumes, count] = await Promise.all([database.query<VolumeRow>(listStatement(text), values), counting]);
  return { volumes, count };
}

async function countMatching(database: Database, conditions: readonly string[], values: unknown[]): Promise<number> {
  const counted = listStatement(`select count(*) as count from volumes where ${conditions.join(' and ')}`);
  const [row] = await database.query<{ count: number }>(counted, values);
  return row?.count ?? 0;
}

/** The parts of a list's text come from closed sets, so that there are only so many statements; each is named by its text. */
function listStatement(text: string): Statement {
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
const statementsMax = 200;

const filterConditions: {
  readonly [Name in keyof Required<VolumeFilters>]: (parameter: string) => string;
} = {
  status: (parameter) => `status = ${parameter}`,
  name: (parameter) => `name = ${parameter}`,
  availabilityZone: (parameter) => `availability_zone = ${parameter}`,
  bootable: (parameter) => `bootable = ${parameter}`,
  host: (parameter) => `host = ${parameter}`,
  userId: (parameter) => `user_id = ${parameter}`,
  volumeTypeId: (parameter) => `volume_type_id = ${parameter}`,
  imageId: (parameter) => `image_id = ${parameter}`,
  metadata: (parameter) => `metadata @> ${parameter}::jsonb`,
  imageMetadata: (parameter) => `image_metadata @> ${parameter}::jsonb`,
};

function conditionsOf({ project, filters = {} }: VolumeListOptions, parameter: (value: unknown) => string): string[] {
  const conditions = ['deleted_at is null'];
  if (project !== 'all') conditions.push(`project_id = ${parameter(project.id)}`);
  for (const name of Object.keys(filterConditions) as (keyof VolumeFilters)[]) {
    const wanted = filters[name];
    if (wanted === undefined) continue;
    conditions.push(filterConditions[name](parameter(typeof wanted === 'object' ? JSON.stringify(wanted) : wanted)));
  }
  return conditions;
}

async function findMarker(
  database: Database,
  marker: string,
  project: VolumeListOptions['project'],
): Promise<VolumeRow> {
  const row = await findVolume(database, marker);
  if (!row || (project !== 'all' && row.projectId !== project.id)) throw new MarkerNotFoundError(marker);
  return row;
}
