import { statement, type Database } from '../database/database';
import { servicesTable, type ServiceRow } from '../tables/services.table';
import { selectList } from '../tables/table';

const columns = selectList(servicesTable);
const listStatement = statement(`select ${columns} from services order by service`);
const findStatement = statement(`select ${columns} from services where service = $1`);

/** Every backend of a host that any fact tells of. Throws `ReadModelUnavailableError`. */
export function listServices(database: Database): Promise<ServiceRow[]> {
  return database.query<ServiceRow>(listStatement);
}

/** By `host@backend`. Throws `ReadModelUnavailableError`. */
export async function findService(database: Database, service: string): Promise<ServiceRow | undefined> {
  const [row] = await database.query<ServiceRow>(findStatement, [service]);
  return row;
}

/** What the volumes and snapshots of one project on a host add up to; GiB. */
export interface HostUsage {
  readonly projectId: string;
  readonly volumes: number;
  readonly gigabytes: number;
  readonly snapshots: number;
  readonly snapshotGigabytes: number;
}

const hostUsageStatement = statement(`
  with v as (
    select id, project_id, size_gib from volumes
      where deleted_at is null and (host = $1 or starts_with(host, $1 || '#') or starts_with(host, $1 || '@'))
  )
  select project_id as "projectId", sum(volumes)::bigint as volumes, sum(gigabytes)::bigint as gigabytes,
         sum(snapshots)::bigint as snapshots, sum(snapshot_gigabytes)::bigint as "snapshotGigabytes"
    from (
      select project_id, 1 as volumes, size_gib as gigabytes, 0 as snapshots, 0 as snapshot_gigabytes from v
      union all
      select s.project_id, 0, 0, 1, s.size_gib from v join snapshots s on s.volume_id = v.id and s.deleted_at is null
    ) u group by project_id order by project_id`);

/** By project, of a host, a backend or a pool. Throws `ReadModelUnavailableError`. */
export function hostUsage(database: Database, host: string): Promise<HostUsage[]> {
  return database.query<HostUsage>(hostUsageStatement, [host]);
}
