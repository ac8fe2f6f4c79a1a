import { statement, type Database } from '../database/database';
import { resourcesSql } from '../queries/quota-resources';

/** Limits by the name of the resource; -1 is unlimited. */
export type QuotaLimits = Readonly<Record<string, number>>;

/** The class whose limits hold for every project that has none of its own. */
export const defaultQuotaClass = 'default';

const setLimitsStatement = statement(`
  insert into quota_limits select $1, l.key, l.value::integer from jsonb_each_text($2::jsonb) l
    on conflict (project_id, resource) do update set hard_limit = excluded.hard_limit`);

/** Sets the limits that are named; the others stay. Throws `ReadModelUnavailableError`. */
export async function setQuotaLimits(database: Database, projectId: string, limits: QuotaLimits): Promise<void> {
  await database.query(setLimitsStatement, [projectId, JSON.stringify(limits)]);
}

const limitsStatement = statement(
  'select resource, hard_limit as "limit" from quota_limits where project_id = $1 order by resource',
);

/** The limits that a project has of its own. Throws `ReadModelUnavailableError`. */
export async function findQuotaLimits(database: Database, projectId: string): Promise<QuotaLimits> {
  const rows = await database.query<{ resource: string; limit: number }>(limitsStatement, [projectId]);
  return Object.fromEntries(rows.map(({ resource, limit }) => [resource, limit]));
}

const clearLimitsStatement = statement('delete from quota_limits where project_id = $1');

/** The project goes back to the defaults. Throws `ReadModelUnavailableError`. */
export async function clearQuotaLimits(database: Database, projectId: string): Promise<void> {
  await database.query(clearLimitsStatement, [projectId]);
}

const setClassStatement = statement(`
  insert into quota_classes select $1, l.key, l.value::integer from jsonb_each_text($2::jsonb) l
    on conflict (class_name, resource) do update set hard_limit = excluded.hard_limit`);

/** Sets the limits of a class that are named; the others stay. Throws `ReadModelUnavailableError`. */
export async function setQuotaClass(database: Database, className: string, limits: QuotaLimits): Promise<void> {
  await database.query(setClassStatement, [className, JSON.stringify(limits)]);
}

const classStatement = statement(`
  select r.resource, coalesce(own.hard_limit, d.hard_limit, -1) as "limit"
    from (${resourcesSql}) r
    left join quota_classes own on own.class_name = $1 and own.resource = r.resource
    left join quota_classes d on d.class_name = '${defaultQuotaClass}' and d.resource = r.resource
    order by r.type_created_at nulls first, r.type_id, r.place`);

/** Every limit of a class, those of the default class where it has none. Throws `ReadModelUnavailableError`. */
export async function findQuotaClass(database: Database, className = defaultQuotaClass): Promise<QuotaLimits> {
  const rows = await database.query<{ resource: string; limit: number }>(classStatement, [className]);
  return Object.fromEntries(rows.map(({ resource, limit }) => [resource, limit]));
}
