import type { z } from 'zod';
import { metaOf } from './fields';
import { type ConfigSchema, fieldsOf, variableOf } from './load-config';
import { maskUrls } from '../logging/redact';

/** A line of the configuration's reference. */
export interface ConfigRow {
  readonly variable: string;
  readonly kind: string;
  /** As text; undefined when there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
  readonly description: string;
}

/** What an app can be told, one row a variable, in the order of its schema. */
export function describeConfig(schema: ConfigSchema): ConfigRow[] {
  return fieldsOf(schema).map(([name, fieldSchema]) => {
    const { description = '', kind = 'text', secret = false } = metaOf(fieldSchema);
    const value = defaultOf(fieldSchema);
    return {
      variable: variableOf(name, fieldSchema),
      kind,
      default: value,
      required: value === undefined && !fieldSchema.safeParse(undefined).success,
      secret,
      description,
    };
  });
}

/** The configuration as it stands, by variable, without secrets: for the line an app logs as it starts. */
export function effectiveConfig<S extends ConfigSchema>(
  schema: S,
  config: Readonly<z.output<S>>,
): Record<string, unknown> {
  const values = config as Record<string, unknown>;
  return Object.fromEntries(
    fieldsOf(schema).flatMap(([name, fieldSchema]) => {
      const value = values[name];
      if (value === undefined) return [];
      return [[variableOf(name, fieldSchema), metaOf(fieldSchema).secret ? '***' : maskUrls(value)]];
    }),
  );
}

function defaultOf(schema: z.ZodType): string | undefined {
  const { type, innerType, defaultValue } = schema.def as {
    type: string;
    innerType?: z.ZodType;
    defaultValue?: unknown;
  };
  if (type === 'default' || type === 'prefault')
    return Array.isArray(defaultValue) ? defaultValue.join(',') : String(defaultValue);
  return innerType ? defaultOf(innerType) : undefined;
}
