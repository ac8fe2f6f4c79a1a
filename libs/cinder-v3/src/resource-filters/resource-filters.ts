/** By what users may narrow lists, as Cinder's resource_filters.json says; administrators may by more. */
const filters = {
  volume: [
    'name',
    'status',
    'metadata',
    'bootable',
    'migration_status',
    'availability_zone',
    'group_id',
    'size',
    'created_at',
    'updated_at',
    'consumes_quota',
  ],
  backup: ['name', 'status', 'volume_id'],
  snapshot: ['name', 'status', 'volume_id', 'metadata', 'availability_zone', 'consumes_quota'],
  group: ['name'],
  group_snapshot: ['name', 'status', 'group_id'],
  attachment: ['volume_id', 'status', 'instance_id', 'attach_status'],
  message: ['resource_uuid', 'resource_type', 'event_id', 'request_id', 'message_level'],
  pool: ['name', 'volume_type'],
  volume_type: ['is_public', 'extra_specs'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A kind of thing whose lists users may narrow. */
export type FilteredResource = keyof typeof filters;

export const filtersOfResource = (resource: FilteredResource): readonly string[] => filters[resource];

/** The body of `GET /resource_filters`; of one kind, where the query names one. Nothing is known of a kind that is none. */
export function resourceFiltersView(query: URLSearchParams) {
  const wanted = query.get('resource');
  const all = Object.entries<readonly string[]>(filters);
  return {
    resource_filters: all
      .filter(([resource]) => !wanted || resource === wanted)
      .map(([resource, names]) => ({ resource, filters: names })),
  };
}
