import { badRequest, invalidInput } from '../fault';
import { filtersIn, type PageQuery, readPage } from '../http/paging';
import { pythonText } from '../http/python-text';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

const consumers = ['front-end', 'back-end', 'both'] as const;
export type QosConsumer = (typeof consumers)[number];

/** The body of `POST /qos-specs`: the consumer and any specs beside the name. */
export const createQosSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    qos_specs: {
      type: 'object',
      properties: { name: { type: 'string', format: 'name_skip_leading_trailing_spaces' } },
      required: ['name'],
    },
  },
  required: ['qos_specs'],
  additionalProperties: false,
});

/** The body of `PUT /qos-specs/{id}`. */
export const setQosSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    qos_specs: {
      type: 'object',
      patternProperties: { '^[a-zA-Z0-9-_:. /]{1,255}$': { type: ['string', 'null'], maxLength: 255 } },
      additionalProperties: false,
    },
  },
  required: ['qos_specs'],
  additionalProperties: false,
});

/** The body of `PUT /qos-specs/{id}/delete_keys`. */
export const unsetQosSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    keys: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 255 }, uniqueItems: true },
  },
  required: ['keys'],
  additionalProperties: false,
});

export interface CreateQosRequest {
  readonly name: string;
  readonly consumer: QosConsumer;
  readonly specs: Readonly<Record<string, string>>;
}

/** Reads the body of a create; `back-end` consumes unless told. Throws a fault of 400. */
export function parseCreateQos(body: unknown): CreateQosRequest {
  checkWireSchema(body, createQosSchema());
  checkStorable(body, 'qos_specs');
  const { name, consumer, ...rest } = (body as { readonly qos_specs: Readonly<Record<string, unknown>> }).qos_specs;
  return { name: String(name).trim(), consumer: consumerOf(consumer ?? 'back-end'), specs: specsOf(rest) };
}

export interface SetQosRequest {
  readonly specs: Readonly<Record<string, string>>;
  readonly consumer?: QosConsumer;
}

/** Reads the body of a change. Throws a fault of 400. */
export function parseSetQos(body: unknown): SetQosRequest {
  checkWireSchema(body, setQosSchema());
  checkStorable(body, 'qos_specs');
  const { consumer, ...rest } = (body as { readonly qos_specs: Readonly<Record<string, unknown>> }).qos_specs;
  return { specs: specsOf(rest), ...(consumer !== undefined && { consumer: consumerOf(consumer) }) };
}

/** Reads the keys that are to go. Throws a fault of 400. */
export function parseUnsetQos(body: unknown): readonly string[] {
  checkWireSchema(body, unsetQosSchema());
  checkStorable(body, 'keys');
  return (body as { readonly keys: readonly string[] }).keys;
}

function consumerOf(value: unknown): QosConsumer {
  const known = consumers.find((one) => one === value);
  if (known) return known;
  const listed = consumers.map((one) => `'${one}'`).join(', ');
  throw badRequest(
    `Invalid qos specs: Valid consumer of QoS specs are: [${listed}], not ${pythonText(value).slice(0, 255)}.`,
  );
}

const textMax = 255;

/** Keys and values of 255 characters; null is kept as an empty text. */
function specsOf(sent: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(sent).map(([key, value]) => [checkedKey(key), valueOf(key, value)]));
}

function checkedKey(key: string): string {
  if (key === '') throw invalidInput('Key "" has 0 characters, less than 1.');
  return checkedLength(key, `Key "${key.slice(0, textMax)}"`);
}

function valueOf(key: string, value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'string') return checkedLength(value, `Value for key "${key}"`);
  throw invalidInput(`Value for key "${key}" is not a string or unicode`);
}

function checkedLength(text: string, what: string): string {
  const { length } = [...text];
  if (length <= textMax) return text;
  throw invalidInput(`${what} has ${length} characters, more than ${textMax}.`);
}

const sortFields = { id: 'id', created_at: 'createdAt', name: 'name' } as const;

export interface ListQosQuery extends PageQuery {
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  /** `nothing`: none can match. */
  readonly filters: { readonly id?: string; readonly name?: string; readonly consumer?: string } | 'nothing';
}

/** Reads the query of `GET /qos-specs`. Throws a fault of 400. */
export function parseListQos(query: URLSearchParams): ListQosQuery {
  const page = readPage(query);
  const asked = [...filtersIn(query, 0)];
  const isKnown = ([name]: readonly [string, string]) => ['id', 'name', 'consumer'].includes(name);
  return {
    ...page,
    sort: readSortKeys(query, sortFields),
    filters: asked.every(isKnown) ? Object.fromEntries(asked) : 'nothing',
  };
}
