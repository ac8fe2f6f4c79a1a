import type { VolumeRow } from '../tables/volumes.table';

/** What lists may be sorted by, with the expression that has no nulls; the text is an index's where there is one. */
const expressions = {
  id: 'id',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  launchedAt: `coalesce(launched_at, '-infinity')`,
  name: `coalesce(name, '')`,
  status: 'status',
  sizeGib: 'size_gib',
  bootable: 'bootable',
  availabilityZone: `coalesce(availability_zone, '')`,
  host: `coalesce(host, '')`,
  volumeTypeId: `coalesce(volume_type_id, '')`,
  userId: 'user_id',
  projectId: 'project_id',
} as const;

const whenNull: { readonly [Field in SortField]?: string } = {
  launchedAt: '-infinity',
  name: '',
  availabilityZone: '',
  host: '',
  volumeTypeId: '',
};

export type SortField = keyof typeof expressions;

export interface SortKey {
  readonly by: SortField;
  readonly direction: 'asc' | 'desc';
}

export const sortFields = Object.keys(expressions) as readonly SortField[];

/** Newest first, as Cinder lists. */
export const defaultOrder: readonly SortKey[] = [{ by: 'createdAt', direction: 'desc' }];

/** The order made total: the id decides between equals, in the direction of the last key, so that pages never overlap. */
export function sortOf(keys: readonly SortKey[]): readonly SortKey[] {
  const once = keys.filter(({ by }, ordinal) => keys.findIndex((key) => key.by === by) === ordinal);
  const untilId = once.slice(0, once.findIndex(({ by }) => by === 'id') + 1 || once.length);
  if (untilId.at(-1)?.by === 'id') return untilId;
  return [...untilId, { by: 'id', direction: untilId.at(-1)?.direction ?? 'desc' }];
}

export function orderBy(order: readonly SortKey[]): string {
  return order.map(({ by, direction }) => `${expressions[by]} ${direction}`).join(', ');
}

/** The condition that a row comes after `marker` in a total order. */
export function pageAfter(order: readonly SortKey[], marker: VolumeRow, parameter: (value: unknown) => string): string {
  const values = order.map(({ by }) => parameter(marker[by] ?? whenNull[by]));
  const [first] = order;
  // One direction: a comparison of rows, which an index answers.
  if (order.every(({ direction }) => direction === first?.direction)) {
    const left = order.map(({ by }) => expressions[by]).join(', ');
    return `(${left}) ${first?.direction === 'desc' ? '<' : '>'} (${values.join(', ')})`;
  }
  const cases = order.map(({ by, direction }, ordinal) => {
    const equal = order.slice(0, ordinal).map((key, before) => `${expressions[key.by]} = ${values[before]}`);
    return [...equal, `${expressions[by]} ${direction === 'desc' ? '<' : '>'} ${values[ordinal]}`].join(' and ');
  });
  return `(${cases.map((one) => `(${one})`).join(' or ')})`;
}
