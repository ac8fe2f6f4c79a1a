// What a variable of the environment may hold. A field is a zod schema over text, with a sentence that says what it is
// for; the sentence becomes documentation. Units are the last word of a field's name.
import { z } from 'zod';

/** What is known of a field beside its type. */
export interface FieldMeta {
  readonly description?: string;
  /** Never printed; may be given as a file, in `<VARIABLE>_FILE`. */
  readonly secret?: boolean;
  /** The variable's name where it is not `HEARTH_` and the field's name. */
  readonly variable?: string;
  /** What the text must be, for the documentation. */
  readonly kind?: string;
}

const kind = <S extends z.ZodType>(schema: S, name: string, description: string): S =>
  schema.meta({ kind: name, description } satisfies FieldMeta);

/** Fields of a configuration schema. `.default(…)`, `.optional()` follow as usual; an empty variable counts as unset. */
export const field = {
  text: (description: string) => kind(z.string(), 'text', description),

  /** A text that is never printed. */
  secret: (description: string) => z.string().meta({ kind: 'text', description, secret: true } satisfies FieldMeta),

  integer: (description: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) =>
    kind(
      z
        .string()
        .regex(/^-?\d+$/, 'is not a whole number')
        .transform(Number)
        .refine((value) => value >= min && value <= max, { error: `is not between ${min} and ${max}` }),
      max === Number.MAX_SAFE_INTEGER ? `whole number from ${min}` : `whole number, ${min} to ${max}`,
      description,
    ),

  ratio: (description: string) =>
    kind(
      z
        .string()
        .transform(Number)
        .refine((value) => value >= 0 && value <= 1, { error: 'is not a number between 0 and 1' }),
      'number, 0 to 1',
      description,
    ),

  port: (description: string) => field.integer(description, { min: 0, max: 65_535 }),

  flag: (description: string) =>
    kind(
      z
        .string()
        .refine((text) => /^(true|false|1|0|yes|no|on|off)$/i.test(text), { error: 'is neither true nor false' })
        .transform((text) => /^(true|1|yes|on)$/i.test(text)),
      'true or false',
      description,
    ),

  oneOf: <const V extends readonly [string, ...string[]]>(values: V, description: string) =>
    kind(z.enum(values, { error: `is none of ${values.join(', ')}` }), values.join(' | '), description),

  /** Texts with commas between them; at least one. */
  list: (description: string) =>
    kind(
      z
        .string()
        .transform((text) =>
          text
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean),
        ) // prettier-ignore
        .refine((parts) => parts.length > 0, { error: 'names nothing' }),
      'list, with commas',
      description,
    ),

  url: (description: string, protocols: readonly string[] = ['http', 'https']) =>
    kind(
      z.string().refine((text) => isUrl(text, protocols), { error: `is no URL of ${protocols.join(' or ')}` }),
      'URL',
      description,
    ),

  /** JSON that a schema of its own checks. */
  json: <S extends z.ZodType>(schema: S, description: string) =>
    kind(z.string().transform(parseJson).pipe(schema), 'JSON', description),
};

/** The same field, read from a variable of another name (one that is standard elsewhere). */
export function fromVariable<S extends z.ZodType>(variable: string, schema: S): S {
  return schema.meta({ ...metaOf(schema), variable });
}

/** A field's notes, through `.default()`, `.optional()` and pipes. */
export function metaOf(schema: z.ZodType): FieldMeta {
  const def = schema.def as { innerType?: z.ZodType; in?: z.ZodType };
  const inner = def.innerType ?? def.in;
  return { ...(inner ? metaOf(inner) : {}), ...(schema.meta() as FieldMeta | undefined) };
}

export function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1));
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is not JSON: ${(error as Error).message}` });
    return z.NEVER;
  }
}
