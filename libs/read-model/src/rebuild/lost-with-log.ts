import type { Client } from 'pg';
import { scratchSchema } from './scratch-schema';

/** Something on a backend that the shortened log does not know any more. */
export interface UnknownObject {
  readonly kind: 'volume' | 'snapshot' | 'image-volume';
  readonly id: string;
  /** `host@backend#pool` where it lies; null where it was placed nowhere yet. */
  readonly pool: string | null;
  readonly projectId: string;
  readonly name: string | null;
  /** As the tables knew it. */
  readonly status: string;
}

/** Something that the shortened log knows in an older state. */
export interface OlderState {
  readonly kind: 'volume' | 'snapshot' | 'cache-entry';
  /** A cache entry's is `<pool> <generation>`. */
  readonly id: string;
  readonly was: string;
  readonly becomes: string;
}

/** What the tables know more than the log, in the order of ids. */
export interface LostWithLog {
  readonly unknown: readonly UnknownObject[];
  readonly older: readonly OlderState[];
}

/** Compares the live tables with those that were made from the log, both on one connection. */
export async function findLost(client: Client, live: string): Promise<LostWithLog> {
  const { rows: unknown } = await client.query<UnknownObject>(unknownObjects(live));
  const { rows: older } = await client.query<OlderState>(olderStates(live));
  return { unknown, older };
}

const unknownObjects = (live: string) => `
  select 'volume' as kind, l.id, l.host as pool, l.project_id as "projectId", l.name, l.status
    from ${live}.volumes l left join ${scratchSchema}.volumes r using (id)
    where r.id is null and l.deleted_at is null and not l.internal
  union all
  select 'snapshot', l.id, v.host, l.project_id, l.name, l.status
    from ${live}.snapshots l left join ${scratchSchema}.snapshots r using (id) left join ${live}.volumes v on v.id = l.volume_id
    where r.id is null and l.deleted_at is null
  union all
  select 'image-volume', l.image_volume_id, l.pool, l.internal_project_id, l.image_name, l.status
    from ${live}.cache_entries l left join ${scratchSchema}.cache_entries r using (pool, generation)
    where l.status <> 'reaped' and r.image_volume_id is distinct from l.image_volume_id
  order by 1, 2`;

const olderStates = (live: string) => `
  select 'volume' as kind, r.id, l.status as was, r.status as becomes
    from ${live}.volumes l join ${scratchSchema}.volumes r using (id)
    where not l.internal and l.status <> r.status
  union all
  select 'snapshot', r.id, l.status, r.status
    from ${live}.snapshots l join ${scratchSchema}.snapshots r using (id) where l.status <> r.status
  union all
  select 'cache-entry', r.pool || ' ' || r.generation, l.status, r.status
    from ${live}.cache_entries l join ${scratchSchema}.cache_entries r using (pool, generation)
    where l.status <> r.status and l.image_volume_id = r.image_volume_id
  order by 1, 2`;
