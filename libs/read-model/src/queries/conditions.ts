/** Adds a value to a statement's parameters; gives its placeholder. */
export type Parameter = (value: unknown) => string;

/** A part of a `where`. Its text comes from a closed set; what a caller sent is in the parameters alone. */
export type Condition = (parameter: Parameter) => string;

/** One value, or any of several. */
export type AnyOf<Value = string> = Value | readonly Value[];

/** Instants in ISO 8601; all that are given must hold. As on the wire: `gt`, `gte`, `lt`, `lte`, `eq`, `neq`. */
export type TimeComparison = { readonly [Operator in keyof typeof timeOperators]?: string };

const timeOperators = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '<>' } as const;

export const equals =
  (expression: string, type: 'text' | 'integer' | 'boolean' = 'text') =>
  (wanted: AnyOf<string | number | boolean>): Condition =>
  (parameter) =>
    Array.isArray(wanted)
      ? `${expression} = any(${parameter(wanted)}::${type}[])`
      : `${expression} = ${parameter(wanted)}::${type}`;

/** Some part of the text, in whatever case; nothing in it is a wild card. */
export const isLike =
  (expression: string) =>
  (part: string): Condition =>
  (parameter) =>
    `strpos(lower(coalesce(${expression}, '')), lower(${parameter(part)}::text)) > 0`;

/** Every pair must be among the dictionary's. */
export const contains =
  (expression: string) =>
  (pairs: Readonly<Record<string, string>>): Condition =>
  (parameter) =>
    `${expression} @> ${parameter(JSON.stringify(pairs))}::jsonb`;

export const timeIs =
  (expression: string) =>
  (wanted: TimeComparison): Condition =>
  (parameter) => {
    const parts = Object.entries(timeOperators).flatMap(([name, operator]) => {
      const at = wanted[name as keyof TimeComparison];
      return at === undefined ? [] : [`${expression} ${operator} ${parameter(at)}::timestamptz`];
    });
    return parts.length > 0 ? `(${parts.join(' and ')})` : 'true';
  };

/** As Cinder matches hosts: a host names its backends and their pools too, a backend its pools. */
export const hostIs =
  (expression: string) =>
  (host: string): Condition =>
  (parameter) => {
    const value = parameter(host);
    return `(${expression} = ${value}::text or starts_with(${expression}, ${value} || '#') or starts_with(${expression}, ${value} || '@'))`;
  };

/** Every condition that a filter asks for; a filter that is absent asks for none. */
export function conditionsOf<Filters extends object>(
  filters: Filters,
  conditions: { readonly [Name in keyof Required<Filters>]: (wanted: NonNullable<Filters[Name]>) => Condition },
): Condition[] {
  return (Object.keys(conditions) as (keyof Filters & string)[]).flatMap((name) => {
    const wanted = filters[name];
    return wanted === undefined ? [] : [conditions[name](wanted as NonNullable<Filters[typeof name]>)];
  });
}

/** Inexact matches: `name~=…` and the like. */
export function likeConditions<Field extends string>(expressions: Readonly<Record<Field, string>>) {
  return (parts: { readonly [Name in Field]?: string }): Condition =>
    (parameter) => {
      const wanted = (Object.keys(expressions) as Field[]).flatMap((field) => {
        const part = parts[field];
        return part === undefined ? [] : [isLike(expressions[field])(part)(parameter)];
      });
      return wanted.length > 0 ? `(${wanted.join(' and ')})` : 'true';
    };
}
