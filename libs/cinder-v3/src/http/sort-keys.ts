import { badRequest, invalidInput } from '../fault';

/** One key of an order. */
export interface SortKeyOf<Field> {
  readonly by: Field;
  readonly direction: 'asc' | 'desc';
}

/**
 * What a list is to be sorted by: `sort=size:desc,name:asc`, or the older `sort_key` with `sort_dir`. `fields` leads from Cinder's
 * names to ours; undefined for the usual order. Throws a fault of 400.
 */
export function readSortKeys<Field>(
  query: URLSearchParams,
  fields: Readonly<Record<string, Field>>,
): readonly SortKeyOf<Field>[] | undefined {
  const sort = query.get('sort');
  const key = query.get('sort_key');
  const direction = query.get('sort_dir');
  if (sort === null) {
    if (key === null && direction === null) return undefined;
    return [sortBy((key ?? 'created_at').trim(), (direction ?? 'desc').trim(), fields)];
  }
  if (key !== null || direction !== null) {
    throw badRequest(
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    );
  }
  return sort.split(',').map((part) => {
    const [name = '', ...way] = part.split(':');
    return sortBy(name.trim(), way.join(':').trim() || 'desc', fields);
  });
}

function sortBy<Field>(name: string, direction: string, fields: Readonly<Record<string, Field>>): SortKeyOf<Field> {
  if (!Object.hasOwn(fields, name)) throw invalidInput('Invalid sort key');
  if (direction !== 'asc' && direction !== 'desc') {
    throw invalidInput("Unknown sort direction, must be 'desc' or 'asc'.");
  }
  return { by: fields[name]!, direction };
}
