import { badRequest, invalidInput } from '../fault';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';

const limitMax = 2_147_483_647;
const nameMax = 255;

/** The body of `PUT /os-quota-sets/{project}`: limits by resource; which resources there are depends on the volume types. */
export const updateQuotaSchema = (): WireSchema => ({
  type: 'object',
  properties: { quota_set: { type: 'object', minProperties: 1 } },
  required: ['quota_set'],
  additionalProperties: false,
});

/** The body of `PUT /os-quota-class-sets/{class}`. */
export const updateQuotaClassSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    quota_class_set: {
      type: 'object',
      patternProperties: {
        '^[a-zA-Z0-9-_:. ]{1,255}$': {
          type: ['integer', 'string'],
          pattern: '^[0-9]*$',
          minLength: 1,
          minimum: -1,
          maximum: limitMax,
        },
      },
      additionalProperties: false,
    },
  },
  required: ['quota_class_set'],
  additionalProperties: false,
});

/** Limits by resource; -1 is unlimited. */
export type SentLimits = Readonly<Record<string, number>>;

/** Not limits: clients send them along. */
const passedOver: readonly string[] = ['tenant_id', 'id'];

/**
 * Reads the limits that a project is to have; `resources` are those that there are. Throws a fault of 400 that names all keys that
 * are none, or the limit that is none.
 */
export function parseUpdateQuota(body: unknown, resources: readonly string[]): SentLimits {
  checkWireSchema(body, updateQuotaSchema());
  checkStorable(body, 'quota_set');
  const { quota_set: sent } = body as { readonly quota_set: Readonly<Record<string, unknown>> };
  const limits = Object.entries(sent).filter(([key]) => !passedOver.includes(key));
  refuseUnknown(limits, resources, 'quota set');
  return Object.fromEntries(limits.map(([key, value]) => [key, limitOf(value, key)]));
}

/** Reads the limits that a class is to have. Throws a fault of 400. */
export function parseUpdateQuotaClass(body: unknown, resources: readonly string[]): SentLimits {
  checkWireSchema(body, updateQuotaClassSchema());
  checkStorable(body, 'quota_class_set');
  const { quota_class_set: sent } = body as { readonly quota_class_set: Readonly<Record<string, unknown>> };
  const limits = Object.entries(sent);
  refuseUnknown(limits, resources, 'quota class set');
  return Object.fromEntries(limits.map(([key, value]) => [key, limitOf(value, key)]));
}

function refuseUnknown(limits: readonly (readonly [string, unknown])[], resources: readonly string[], what: string) {
  const bad = limits.map(([key]) => key).filter((key) => !resources.includes(key));
  if (bad.length > 0) throw invalidInput(`Bad key(s) in ${what}: ${bad.join(', ').slice(0, 1_000)}`);
}

function limitOf(value: unknown, key: string): number {
  const isWhole = Number.isInteger(value) || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value));
  if (!isWhole) throw badRequest(`${key} must be an integer`);
  const limit = Number(value);
  if (limit < -1) throw badRequest(`${key} must be >= -1`);
  if (limit > limitMax) throw badRequest(`${key} must be <= ${limitMax}`);
  return limit;
}

/** Checks whose limits are asked for: a project or a class. `entity` is Cinder's name of the parameter. Throws a fault of 400. */
export function checkQuotaName(name: string, entity: 'quota_set_name' | 'quota_class_name'): void {
  checkStorable(name, entity);
  const { length } = [...name];
  if (length > nameMax) throw invalidInput(`${entity} has ${length} characters, more than ${nameMax}.`);
}

/** Limits below what is used already are refused, but for no limit and for what one volume may have. Throws a fault of 400. */
export function refuseBelowUse(
  limits: SentLimits,
  used: Readonly<Record<string, { readonly inUse: number; readonly reserved: number }>>,
): void {
  for (const [key, limit] of Object.entries(limits)) {
    if (key === 'per_volume_gigabytes' || limit === -1) continue;
    const { inUse = 0, reserved = 0 } = used[key] ?? {};
    if (limit < inUse + reserved) {
      throw badRequest(
        `Quota ${key} limit must be equal or greater than existing resources. Current usage is ${inUse + reserved} ` +
          `and the requested limit is ${limit}.`,
      );
    }
  }
}
