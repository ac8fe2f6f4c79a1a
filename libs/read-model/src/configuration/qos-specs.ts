import { statement, type Database, type Queries } from '../database/database';
import { conditionsOf, equals } from '../queries/conditions';
import { listRows, type Listed, type Page, type PageOptions } from '../queries/list-rows';
import { column, type SortColumns } from '../queries/order';
import { selectList } from '../tables/table';
import { qosSpecsTable, type QosConsumer, type QosSpecsRow } from '../tables/volume-types.table';
import { ConfigurationError, isDuplicate } from './configuration.error';
import { lockType } from './volume-types';

/** QoS specs that are to be. */
export interface NewQosSpecs {
  readonly id: string;
  readonly name: string;
  readonly consumer: QosConsumer;
  readonly specs: Readonly<Record<string, string>>;
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  name: column('name'),
} satisfies SortColumns<'name'>;
const returned = selectList(qosSpecsTable);
const listed: Listed<'name'> = { noun: 'qos specs', table: 'qos_specs', columns: returned, sort: sortColumns };

/** All that are given must hold. */
export interface QosSpecsFilters {
  readonly id?: string;
  readonly name?: string;
  readonly consumer?: string;
}

export interface QosSpecsListOptions extends PageOptions<'name'> {
  readonly filters?: QosSpecsFilters;
}

const filterConditions: Parameters<typeof conditionsOf<QosSpecsFilters>>[1] = {
  id: equals('id'),
  name: equals('name'),
  consumer: equals('consumer'),
};

/** One page. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listQosSpecs(database: Database, options: QosSpecsListOptions): Promise<Page<QosSpecsRow>> {
  const { filters = {} } = options;
  return listRows(database, listed, { visible: [], filters: conditionsOf(filters, filterConditions) }, options);
}

const findStatement = statement(`select ${returned} from qos_specs where id = $1`);

/** Throws `ReadModelUnavailableError`. */
export async function findQosSpecs(database: Database, id: string): Promise<QosSpecsRow | undefined> {
  const [row] = await database.query<QosSpecsRow>(findStatement, [id]);
  return row;
}

const createStatement = statement(`
  insert into qos_specs (id, name, consumer, specs, created_at)
    values ($1, $2, $3, $4, date_trunc('milliseconds', now())) returning ${returned}`);

/** Throws `ConfigurationError` qos-specs.exists; `ReadModelUnavailableError`. */
export async function createQosSpecs(database: Database, qos: NewQosSpecs): Promise<QosSpecsRow> {
  const { id, name, consumer, specs } = qos;
  try {
    const [row] = await database.query<QosSpecsRow>(createStatement, [id, name, consumer, JSON.stringify(specs)]);
    return row!;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new ConfigurationError('qos-specs.exists', `there are QoS specs named '${name}' already`, name);
  }
}

const setStatement = statement(`
  update qos_specs set specs = specs || $2::jsonb, consumer = coalesce($3, consumer),
    updated_at = date_trunc('milliseconds', now()) where id = $1 returning ${returned}`);

/** Adds keys, or changes those that are there. Throws `ConfigurationError` qos-specs.not-found; `ReadModelUnavailableError`. */
export async function setQosSpecs(
  database: Database,
  id: string,
  { specs, consumer }: { readonly specs: Readonly<Record<string, string>>; readonly consumer?: QosConsumer },
): Promise<QosSpecsRow> {
  const [row] = await database.query<QosSpecsRow>(setStatement, [id, JSON.stringify(specs), consumer ?? null]);
  return row ?? qosNotFound(id);
}

const unsetStatement = statement(`
  update qos_specs set specs = specs - $2::text[], updated_at = date_trunc('milliseconds', now()) where id = $1`);

/** All keys or none. Throws `ConfigurationError` qos-specs.not-found, qos-specs.key-not-found; `ReadModelUnavailableError`. */
export async function unsetQosSpecs(database: Database, id: string, keys: readonly string[]): Promise<void> {
  await database.transaction(async (queries) => {
    const { specs } = await lockQos(queries, id);
    const missing = keys.find((key) => !Object.hasOwn(specs, key));
    if (missing !== undefined) {
      throw new ConfigurationError('qos-specs.key-not-found', `the QoS specs ${id} have no key '${missing}'`, missing);
    }
    await queries.query(unsetStatement, [id, keys]);
  });
}

const associationsStatement = statement(
  'select id, name from volume_types where qos_specs_id = $1 order by created_at, id',
);

/** The volume types that have these specs. Throws `ConfigurationError` qos-specs.not-found; `ReadModelUnavailableError`. */
export async function listQosAssociations(
  database: Database,
  id: string,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  if (!(await findQosSpecs(database, id))) qosNotFound(id);
  return database.query<{ id: string; name: string }>(associationsStatement, [id]);
}

const associateStatement = statement('update volume_types set qos_specs_id = $2 where id = $1');

/**
 * Gives a volume type these specs. Throws `ConfigurationError` qos-specs.not-found, volume-type.not-found, qos-specs.type-has-others (the
 * others' id is its subject); `ReadModelUnavailableError`.
 */
export async function associateQosSpecs(database: Database, id: string, typeId: string): Promise<void> {
  await database.transaction(async (queries) => {
    await lockQos(queries, id);
    const { qosSpecsId } = await lockType(queries, typeId);
    if (qosSpecsId !== null && qosSpecsId !== id) {
      const message = `the volume type ${typeId} has the QoS specs ${qosSpecsId}`;
      throw new ConfigurationError('qos-specs.type-has-others', message, qosSpecsId);
    }
    await queries.query(associateStatement, [typeId, id]);
  });
}

const disassociateStatement = statement(
  'update volume_types set qos_specs_id = null where qos_specs_id = $1 and ($2::text is null or id = $2)',
);

/**
 * Takes these specs from a volume type, or from all that have them; harmless where there is nothing to take. Throws `ConfigurationError`
 * qos-specs.not-found, volume-type.not-found; `ReadModelUnavailableError`.
 */
export async function disassociateQosSpecs(database: Database, id: string, typeId: string | 'all'): Promise<void> {
  await database.transaction(async (queries) => {
    await lockQos(queries, id);
    if (typeId !== 'all') await lockType(queries, typeId);
    await queries.query(disassociateStatement, [id, typeId === 'all' ? null : typeId]);
  });
}

const deleteStatement = statement('delete from qos_specs where id = $1');

/**
 * `force`: takes them from the types that have them first. Throws `ConfigurationError` qos-specs.not-found, qos-specs.in-use;
 * `ReadModelUnavailableError`.
 */
export async function deleteQosSpecs(
  database: Database,
  id: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  await database.transaction(async (queries) => {
    await lockQos(queries, id);
    if (force) await queries.query(disassociateStatement, [id, null]);
    const types = await queries.query(associationsStatement, [id]);
    if (types.length > 0) throw new ConfigurationError('qos-specs.in-use', `volume types have the QoS specs ${id}`, id);
    await queries.query(deleteStatement, [id]);
  });
}

const lockStatement = statement(`select ${returned} from qos_specs where id = $1 for update`);

async function lockQos(queries: Queries, id: string): Promise<QosSpecsRow> {
  const [row] = await queries.query<QosSpecsRow>(lockStatement, [id]);
  return row ?? qosNotFound(id);
}

function qosNotFound(id: string): never {
  throw new ConfigurationError('qos-specs.not-found', `there are no QoS specs ${id}`, id);
}
