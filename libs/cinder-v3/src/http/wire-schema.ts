// Cinder checks bodies with JSON Schema and shows the validator's own sentences. This is the part of JSON Schema that its
// schemas use, with those sentences; the same schemas stand in the OpenAPI document.
import { badRequest, type FaultError } from '../fault';
import { pythonRepr, pythonText } from './python-text';

export type WireType = 'object' | 'string' | 'integer' | 'boolean' | 'null';

export interface WireSchema {
  readonly type: WireType | readonly WireType[];
  readonly description?: string;
  /** For texts: a regular expression in the syntax that Python and JavaScript share. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: 'uuid';
  /** For numbers. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, WireSchema>>;
  readonly patternProperties?: Readonly<Record<string, WireSchema>>;
  readonly required?: readonly string[];
  /** True unless told. */
  readonly additionalProperties?: boolean;
}

type Found = { readonly path: readonly string[]; readonly value: unknown; readonly message: string };

/** Throws a fault of 400 with Cinder's sentence for the first thing about `value` that the schema forbids. */
export function checkWireSchema(value: unknown, schema: WireSchema): void {
  const found = problemOf(value, schema, []);
  if (found) throw faultOf(found);
}

/** Echoes are cut: a body may be large. */
const echoMax = 1_000;

function faultOf({ path, value, message }: Found): FaultError {
  const field = path.at(-1);
  const shown = cut(message);
  if (field === undefined) return badRequest(shown);
  return badRequest(`Invalid input for field/attribute ${field}. Value: ${cut(pythonText(value))}. ${shown}`);
}

const cut = (text: string) => (text.length > echoMax ? `${text.slice(0, echoMax)}…` : text);

function problemOf(value: unknown, schema: WireSchema, path: readonly string[]): Found | undefined {
  const problem = (message: string): Found => ({ path, value, message });
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (!types.some((type) => isOfType(value, type))) {
    return problem(`${pythonRepr(value)} is not of type ${types.map((type) => `'${type}'`).join(', ')}`);
  }
  const message = typeof value === 'string' ? textProblem(value, schema) : numberProblem(value, schema);
  if (message !== undefined) return problem(message);
  return isObject(value) ? objectProblem(value, schema, path) : undefined;
}

function textProblem(text: string, { pattern, minLength, maxLength, format }: WireSchema): string | undefined {
  // Python counts characters, JavaScript half ones.
  const length = [...text].length;
  if (minLength !== undefined && length < minLength) return `${pythonRepr(text)} is too short`;
  if (maxLength !== undefined && length > maxLength) return `${pythonRepr(text)} is too long`;
  if (pattern !== undefined && !new RegExp(pattern).test(text))
    return `${pythonRepr(text)} does not match '${pattern}'`;
  if (format === 'uuid' && !uuid.test(text)) return `${pythonRepr(text)} is not a 'uuid'`;
  return undefined;
}

const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function numberProblem(value: unknown, { minimum, maximum }: WireSchema): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (minimum !== undefined && value < minimum) return `${value} is less than the minimum of ${minimum}`;
  if (maximum !== undefined && value > maximum) return `${value} is greater than the maximum of ${maximum}`;
  return undefined;
}

function objectProblem(
  value: Readonly<Record<string, unknown>>,
  schema: WireSchema,
  path: readonly string[],
): Found | undefined {
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { path, value, message: `'${missing}' is a required property` };
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
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
