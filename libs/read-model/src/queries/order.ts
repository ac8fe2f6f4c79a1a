/** How a field of rows is sorted. */
export interface SortColumn {
  /** The expression that is never null; the text is an index's where there is one. */
  readonly expression: string;
  /** What the expression is for a row whose value is null. */
  readonly whenNull?: string;
}

/** The fields that rows may be sorted by; all rows have an id and an instant of creation. */
export type SortColumns<Field extends string> = Readonly<Record<Field | 'id' | 'createdAt', SortColumn>>;

export interface SortKey<Field extends string = string> {
  readonly by: Field;
  readonly direction: 'asc' | 'desc';
}

/** Newest first, as Cinder lists. */
export const defaultOrder: readonly SortKey<'createdAt'>[] = [{ by: 'createdAt', direction: 'desc' }];

export const column = (expression: string): SortColumn => ({ expression });
export const nullable = (expression: string): SortColumn => ({
  expression: `coalesce(${expression}, '')`,
  whenNull: '',
});

/**
 * The order made total, as Cinder does: creation, then the id decide between equals, in the direction of the first key, so that pages never
 * overlap.
 */
export function sortOf<Field extends string>(
  keys: readonly SortKey<Field>[],
): readonly SortKey<Field | 'id' | 'createdAt'>[] {
  const direction = keys[0]?.direction ?? 'desc';
  const all = [...keys, { by: 'createdAt', direction }, { by: 'id', direction }] as const;
  const once = all.filter(({ by }, ordinal) => all.findIndex((key) => key.by === by) === ordinal);
  return once.slice(0, once.findIndex(({ by }) => by === 'id') + 1);
}

export function orderBy<Field extends string>(
  columns: SortColumns<Field>,
  order: readonly SortKey<Field | 'id' | 'createdAt'>[],
): string {
  return order.map(({ by, direction }) => `${columns[by].expression} ${direction}`).join(', ');
}

/** The condition that a row comes after `marker` in a total order. */
export function pageAfter<Field extends string>(
  columns: SortColumns<Field>,
  order: readonly SortKey<Field | 'id' | 'createdAt'>[],
  marker: object,
  parameter: (value: unknown) => string,
): string {
  const values = order.map(({ by }) => parameter(Reflect.get(marker, by) ?? columns[by].whenNull));
  const [first] = order;
  // One direction: a comparison of rows, which an index answers.
  if (order.every(({ direction }) => direction === first?.direction)) {
    const left = order.map(({ by }) => columns[by].expression).join(', ');
    return `(${left}) ${first?.direction === 'desc' ? '<' : '>'} (${values.join(', ')})`;
  }
  const cases = order.map(({ by, direction }, ordinal) => {
    const equal = order.slice(0, ordinal).map((key, before) => `${columns[key.by].expression} = ${values[before]}`);
    return [...equal, `${columns[by].expression} ${direction === 'desc' ? '<' : '>'} ${values[ordinal]}`].join(' and ');
  });
  return `(${cases.map((one) => `(${one})`).join(' or ')})`;
}
