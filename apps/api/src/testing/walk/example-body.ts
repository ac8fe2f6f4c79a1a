import type { WireSchema } from '@hearth/cinder-v3';

/** Values that a body is to have, by the name of the field; what is not here is made up. */
export type KnownFields = Readonly<Record<string, unknown>>;

/** What a field gets that is to name something by its id. */
export const someUuid = '3fa2b4c6-1111-4222-8333-abcdefabcdef';
/** Tried in turn where a text has to match a pattern. */
const words = ['text', '1', 'cinder-volume', 'host@backend#pool'];

/** The least that a schema takes: what it requires, and fields that are known by name. */
export function exampleBody(schema: WireSchema, known: KnownFields): unknown {
  const [type] = typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (schema.enum) return schema.enum[0];
  switch (type) {
    case 'object':
      return exampleObject(schema, known);
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => exampleBody(schema.items!, known));
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'boolean':
      return true;
    case 'string':
      return exampleText(schema);
    default:
      return null;
  }
}

function exampleText({ format, pattern, minLength = 0 }: WireSchema): string {
  if (format === 'uuid') return someUuid;
  const word = words.find((one) => one.length >= minLength && (!pattern || new RegExp(pattern).test(one)));
  if (word === undefined) throw new Error(`no example matches ${pattern}`);
  return word;
}

function exampleObject(schema: WireSchema, known: KnownFields): Readonly<Record<string, unknown>> {
  const { properties = {}, patternProperties = {}, required = [], minProperties = 0, anyOf } = schema;
  const names = [...required, ...(anyOf?.[0]?.required ?? [])];
  const wanted = Object.keys(properties).filter((name) => names.includes(name) || Object.hasOwn(known, name));
  const pairs = wanted.map((name) => [
    name,
    Object.hasOwn(known, name) ? known[name] : exampleBody(properties[name]!, known),
  ]);
  for (const name of names) if (!Object.hasOwn(properties, name)) pairs.push([name, known[name] ?? 'text']);
  const [inner] = Object.values(patternProperties);
  if (inner && pairs.length < minProperties) pairs.push([known['key'] ?? 'k', exampleBody(inner, known)]);
  return Object.fromEntries(pairs);
}
