/** The kinds of resources that a limit may name for one volume type too: `volumes_<type name>`. */
const kinds = `unnest(array['volumes', 'gigabytes', 'snapshots']) with ordinality as k(kind, place)`;

/**
 * A query of every resource that has a limit, with the type and the kind of those of a volume type. `place` and `type_created_at` give the
 * order in which Cinder shows them.
 */
export const resourcesSql = `
  select r.resource, null::text as type_id, r.resource as kind, r.place, null::timestamptz as type_created_at
    from unnest(array['volumes', 'per_volume_gigabytes', 'snapshots', 'gigabytes', 'backups', 'backup_gigabytes', 'groups'])
      with ordinality as r(resource, place)
  union all
  select k.kind || '_' || t.name, t.id, k.kind, k.place, t.created_at from volume_types t cross join ${kinds}`;
