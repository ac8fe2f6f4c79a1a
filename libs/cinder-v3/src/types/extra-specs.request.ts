import { badRequest } from '../fault';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

/** Extra specs as clients send them. */
export type SentSpecs = Readonly<Record<string, string | null>>;

/** Extra specs in a body: restricted keys, texts of 255 characters or null. */
export const specsSchema = ({ spaces }: { readonly spaces: boolean }): WireSchema => ({
  type: 'object',
  patternProperties: {
    [spaces ? '^[a-zA-Z0-9-_:. /]{1,255}$' : '^[a-zA-Z0-9-_:.]{1,255}$']: { type: ['string', 'null'], maxLength: 255 },
  },
  additionalProperties: false,
});

/** The body of `POST /types/{id}/extra_specs`. */
export const createSpecsSchema = (): WireSchema => ({
  type: 'object',
  properties: { extra_specs: specsSchema({ spaces: false }) },
  required: ['extra_specs'],
  additionalProperties: false,
});

/** The body of `PUT /types/{id}/extra_specs/{key}`: that one pair. */
export const updateSpecSchema = (): WireSchema => ({
  ...specsSchema({ spaces: false }),
  minProperties: 1,
  maxProperties: 1,
});

/** Null is kept as an empty text. */
export function specsOf(sent: SentSpecs): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(sent).map(([key, value]) => [key, value ?? '']));
}

/** Reads the body of a `POST`. Throws a fault of 400. */
export function parseCreateSpecs(body: unknown): Readonly<Record<string, string>> {
  checkWireSchema(body, createSpecsSchema());
  checkStorable(body, 'extra_specs');
  return specsOf((body as { readonly extra_specs: SentSpecs }).extra_specs);
}

/** Reads the body of a `PUT` of `key`. Throws a fault of 400. */
export function parseUpdateSpec(body: unknown, key: string): Readonly<Record<string, string>> {
  checkWireSchema(body, updateSpecSchema());
  checkStorable(body, 'extra_specs');
  if (!Object.hasOwn(body as object, key)) throw badRequest('Request body and URI mismatch');
  return specsOf(body as SentSpecs);
}

const yes = '<is> True';

/** What the compute hosts may cache cannot be attached to several of them. Throws a fault of 400; `specs` is what would be. */
export function refuseCacheableMultiattach(specs: Readonly<Record<string, string>>): void {
  if (specs['multiattach'] === yes && specs['cacheable'] === yes) {
    throw badRequest('cacheable cannot be set with multiattach.');
  }
}
