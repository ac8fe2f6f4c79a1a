// Cinder checks bodies with JSON Schema and shows the validator's own sentences. This is the part of JSON Schema that its
// schemas use, with those sentences; the same schemas stand in the OpenAPI document.
import { badRequest, type FaultError } from '../fault';
import { pythonRepr, pythonText } from './python-text';
import { type WireFormat, wireFormats } from './wire-formats';

export type WireType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

export interface WireSchema {
  readonly type: WireType | readonly WireType[];
  readonly description?: string;
  /** The only values that are taken, compared as JSON. */
  readonly enum?: readonly (string | number | boolean | null)[];
  /** For texts: a regular expression in the syntax that Python and JavaScript share. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: WireFormat;
  /** For numbers, and texts that stand for one. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, WireSchema>>;
  readonly patternProperties?: Readonly<Record<string, WireSchema>>;
  readonly required?: readonly string[];
  /** True unless told. */
  readonly additionalProperties?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** At least one of them holds as well. */
  readonly anyOf?: readonly Pick<WireSchema, 'required'>[];
  /** For lists. */
  readonly items?: WireSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

interface Found {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly message: string;
  /** The message is a sentence that names its field itself. */
  readonly whole?: boolean;
}

/** Throws a fault of 400 with Cinder's sentence for the first thing about `value` that the schema forbids. */
export function checkWireSchema(value: unknown, schema: WireSchema): void {
  const found = problemOf(value, schema, []);
  if (found) throw faultOf(found);
}

/** Echoes are cut: a body may be large. */
const echoMax = 1_000;

function faultOf({ path, value, message, whole = false }: Found): FaultError {
  const field = path.at(-1);
  const shown = cut(message);
  if (field === undefined || whole) return badRequest(shown);
  return badRequest(`Invalid input for field/attribute ${field}. Value: ${cut(pythonText(value))}. ${shown}`);
}

const cut = (text: string) => (text.length > echoMax ? `${text.slice(0, echoMax)}…` : text);

function problemOf(value: unknown, schema: WireSchema, path: readonly string[]): Found | undefined {
  const problem = (message: string): Found => ({ path, value, message });
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (!types.some((type) => isOfType(value, type))) {
    return problem(`${pythonRepr(value)} is not of type ${types.map((type) => `'${type}'`).join(', ')}`);
  }
  if (schema.enum && !schema.enum.some((one) => one === value)) {
    return problem(`${pythonRepr(value)} is not one of ${pythonRepr(schema.enum)}`);
  }
  const message = typeof value === 'string' ? textProblem(value, schema) : numberProblem(value, schema);
  if (message !== undefined) return problem(message);
  const sentence = sentenceOf(value, schema.format);
  if (sentence !== undefined) return { ...problem(sentence), whole: true };
  if (Array.isArray(value)) return listProblem(value, schema, path);
  return isObject(value) ? objectProblem(value, schema, path) : undefined;
}

function sentenceOf(value: unknown, format: WireFormat | undefined): string | undefined {
  const check = format === undefined ? undefined : wireFormats[format];
  return check?.(value);
}

function textProblem(text: string, schema: WireSchema): string | undefined {
  const { pattern, minLength, maxLength, format } = schema;
  // Python counts characters, JavaScript half ones.
  const length = [...text].length;
  if (minLength !== undefined && length < minLength) return `${pythonRepr(text)} is too short`;
  if (maxLength !== undefined && length > maxLength) return `${pythonRepr(text)} is too long`;
  if (pattern !== undefined && !new RegExp(pattern).test(text))
    return `${pythonRepr(text)} does not match '${pattern}'`;
  if (format === 'uuid' && !uuid.test(text)) return `${pythonRepr(text)} is not a 'uuid'`;
  return /^\s*[+-]?\d+\s*$/.test(text) ? numberProblem(Number(text), schema) : undefined;
}

const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function numberProblem(value: unknown, { minimum, maximum }: WireSchema): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (minimum !== undefined && value < minimum) return `${value} is less than the minimum of ${minimum}`;
  if (maximum !== undefined && value > maximum) return `${value} is greater than the maximum of ${maximum}`;
  return undefined;
}

function listProblem(list: readonly unknown[], schema: WireSchema, path: readonly string[]): Found | undefined {
  const { items, minItems = 0, maxItems = Infinity, uniqueItems = false } = schema;
  const problem = (message: string): Found => ({ path, value: list, message: `${pythonRepr(list)} ${message}` });
  if (list.length < minItems) return problem('is too short');
  if (list.length > maxItems) return problem('is too long');
  if (uniqueItems && new Set(list.map((item) => JSON.stringify(item))).size < list.length) {
    return problem('has non-unique elements');
  }
  if (!items) return undefined;
  for (const [ordinal, item] of list.entries()) {
    const found = problemOf(item, items, [...path, String(ordinal)]);
    if (found) return found;
  }
  return undefined;
}

function objectProblem(
  value: Readonly<Record<string, unknown>>,
  schema: WireSchema,
  path: readonly string[],
): Found | undefined {
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { path, value, message: `'${missing}' is a required property` };
  const message = countProblem(value, schema);
  if (message !== undefined) return { path, value, message };
  const unexpected: string[] = [];
  for (const [name, item] of Object.entries(value)) {
    const inner = schemaOf(name, schema);
    if (!inner) unexpected.push(name);
    const found = inner && problemOf(item, inner, [...path, name]);
    if (found) return found;
  }
  if (schema.additionalProperties !== false || unexpected.length === 0) return undefined;
  return { path, value, message: unexpectedSentence(unexpected, schema) };
}

function countProblem(
  value: Readonly<Record<string, unknown>>,
  { minProperties = 0, maxProperties = Infinity, anyOf }: WireSchema,
): string | undefined {
  const count = Object.keys(value).length;
  if (count < minProperties) return `${pythonRepr(value)} does not have enough properties`;
  if (count > maxProperties) return `${pythonRepr(value)} has too many properties`;
  const holds = ({ required = [] }: Pick<WireSchema, 'required'>) =>
    required.every((name) => Object.hasOwn(value, name));
  return anyOf && !anyOf.some(holds) ? `${pythonRepr(value)} is not valid under any of the given schemas` : undefined;
}

function schemaOf(name: string, { properties = {}, patternProperties = {} }: WireSchema): WireSchema | undefined {
  if (Object.hasOwn(properties, name)) return properties[name];
  return Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(name))?.[1];
}

function unexpectedSentence(names: readonly string[], { patternProperties }: WireSchema): string {
  const listed = names.map(pythonRepr).join(', ');
  const patterns = Object.keys(patternProperties ?? {}).map((pattern) => `'${pattern}'`);
  if (patterns.length > 0) {
    return `${listed} ${names.length === 1 ? 'does' : 'do'} not match any of the regexes: ${patterns.join(', ')}`;
  }
  return `Additional properties are not allowed (${listed} ${names.length === 1 ? 'was' : 'were'} unexpected)`;
}

function isOfType(value: unknown, type: WireType): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'boolean':
    case 'number':
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
