import type { WireSchema } from '@hearth/cinder-v3';
import type { Random } from '@hearth/image-format/testing';
import { exampleBody } from '../../../../apps/api/src/testing/walk/example-body';
import { hostileText, hostileValue } from './hostile';

/** Gives a value to a field by its name: ids of what is there. Undefined for names that say nothing. */
export type NamedValues = (field: string) => unknown;

const words = ['text', '1', '10', 'host@backend#pool', 'available', 'creating', 'error', 'cinder-volume', 'k', 'luks'];

/** A value that mostly keeps to a schema, at its borders rather than within. */
export function schemaValue(schema: WireSchema, random: Random, named: NamedValues, field = ''): unknown {
  if (random.oneIn(60)) return hostileValue(random);
  const known = named(field);
  if (known !== undefined && !random.oneIn(10)) return known;
  if (schema.enum && !random.oneIn(10)) return random.pick(schema.enum);
  const type = typeof schema.type === 'string' ? schema.type : random.pick(schema.type);
  switch (type) {
    case 'object':
      return objectOf(schema, random, named);
    case 'array': {
      const length = random.pick([schema.minItems ?? 0, 1, 2, schema.maxItems ?? 3]);
      return Array.from({ length: Math.min(length, 100) }, () => schemaValue(schema.items ?? anything, random, named));
    }
    case 'integer':
    case 'number':
      return numberOf(schema, random);
    case 'boolean':
      return random.oneIn(2);
    case 'string':
      return textOf(schema, random);
    case 'null':
      return null;
  }
}

/** The least that a schema takes, and the fields in `also`; what is named has the values of its names. */
export function leastValue(schema: WireSchema, named: NamedValues, also: readonly string[]): unknown {
  const pairs = [...requiredIn(schema), ...also].map((field) => [field, named(field)] as const);
  return exampleBody(schema, Object.fromEntries(pairs.filter(([, value]) => value !== undefined)));
}

function requiredIn({ properties = {}, required = [], anyOf = [] }: WireSchema): ReadonlySet<string> {
  const inner = Object.values(properties).flatMap((property) => [...requiredIn(property)]);
  return new Set([...required, ...(anyOf[0]?.required ?? []), ...inner]);
}

const anything: WireSchema = { type: ['string', 'integer', 'boolean', 'null'] };

function numberOf({ minimum = 0, maximum = 2 ** 31 - 1 }: WireSchema, random: Random): number {
  return random.pick([minimum, minimum + 1, minimum + 1, minimum + 1, minimum - 1, maximum, maximum + 1]);
}

function textOf({ minLength = 0, maxLength, format }: WireSchema, random: Random): string {
  if (random.oneIn(4)) return hostileText(random);
  if (format === 'uuid') return uuidOf(random);
  const lengths = [minLength, minLength - 1, ...(maxLength === undefined ? [] : [maxLength, maxLength + 1])];
  if (random.oneIn(4)) return random.pick(['x', 'é', '💾']).repeat(Math.max(0, random.pick(lengths)));
  return random.pick(words);
}

/** Of this form, and of nothing that is there. */
export function uuidOf(random: Random): string {
  const hex = random.bytes(16).toString('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5').padEnd(36, '0');
}

function objectOf(schema: WireSchema, random: Random, named: NamedValues): Readonly<Record<string, unknown>> {
  const { properties = {}, patternProperties = {}, required = [], anyOf = [] } = schema;
  const wanted = [...required, ...(anyOf.length > 0 ? (random.pick(anyOf).required ?? []) : [])];
  const names = Object.keys(properties).filter((name) => wanted.includes(name) || random.oneIn(3));
  const pairs: [string, unknown][] = names
    .filter(() => !random.oneIn(40))
    .map((name) => [name, schemaValue(properties[name]!, random, named, name)]);
  const [inner] = Object.values(patternProperties);
  if (inner) {
    for (let count = random.pick([0, 1, 1, 2, 50]); count > 0; count--) {
      const key = random.oneIn(4) ? hostileText(random) : random.pick(['k', 'k', `k${random.below(60)}`]);
      pairs.push([key, schemaValue(inner, random, named)]);
    }
  }
  if (random.oneIn(15)) pairs.push([hostileText(random), hostileValue(random)]);
  return Object.fromEntries(pairs);
}
