import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError, type ConfigProblem, exitCodeConfig } from './config-error';
import { metaOf } from './fields';

/** The fields of an app's configuration, by their names in code: `natsUrl` is read from `HEARTH_NATS_URL`. */
export type ConfigShape = z.ZodRawShape;
export type ConfigSchema = z.ZodObject<ConfigShape>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** `natsUrl` → `HEARTH_NATS_URL`, unless the field names a variable itself. */
export function variableOf(name: string, schema: z.ZodType): string {
  return metaOf(schema).variable ?? `HEARTH_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * Reads a configuration from the environment. A value `@/path` stands for the content of that file; a secret may also
 * be given as a path in `<VARIABLE>_FILE`. Throws one ConfigError that names every variable with a problem.
 */
export function parseConfig<S extends ConfigSchema>(schema: S, env: Environment): Readonly<z.output<S>> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, string> = {};
  for (const [name, fieldSchema] of fieldsOf(schema)) {
    try {
      const text = readVariable(variableOf(name, fieldSchema), env, metaOf(fieldSchema).secret === true);
      if (text !== undefined) values[name] = text;
    } catch (error) {
      problems.push({ ...named(name, fieldSchema), problem: (error as Error).message });
    }
  }
  const unread = new Set(problems.map(({ variable }) => variable));
  const result = schema.safeParse(values);
  if (result.success && problems.length === 0) return Object.freeze(result.data);
  for (const issue of result.error?.issues ?? []) {
    const problem = problemOf(issue, schema, values);
    if (!unread.has(problem.variable)) problems.push(problem);
  }
  throw new ConfigError(problems);
}

/** As `parseConfig`, for an app's `config.ts`: what is wrong is printed and the process ends with 78 (EX_CONFIG). */
export function loadConfig<S extends ConfigSchema>(schema: S, env: Environment): Readonly<z.output<S>> {
  try {
    return parseConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(exitCodeConfig);
  }
}

export const fieldsOf = (schema: ConfigSchema): [string, z.ZodType][] =>
  Object.entries(schema.shape) as [string, z.ZodType][];

function readVariable(variable: string, env: Environment, secret: boolean): string | undefined {
  const text = env[variable] || undefined;
  const path = (secret && env[`${variable}_FILE`]) || undefined;
  if (text !== undefined && path !== undefined) throw new Error(`is given, and ${variable}_FILE too: keep one of them`);
  if (path !== undefined) return readText(path);
  return text?.startsWith('@/') ? readText(text.slice(1)) : text;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (error) {
    throw new Error(`its file cannot be read: ${(error as Error).message}`);
  }
}

const named = (name: string, schema: z.ZodType): Omit<ConfigProblem, 'problem'> => {
  const { description, kind } = metaOf(schema);
  const expected = [kind, description].filter(Boolean).join('; ');
  return { variable: variableOf(name, schema), expected: expected || undefined };
};

function problemOf(issue: z.core.$ZodIssue, schema: ConfigSchema, values: Record<string, string>): ConfigProblem {
  const [name, ...inside] = issue.path.map(String);
  const fieldSchema = name === undefined ? undefined : (schema.shape[name] as z.ZodType | undefined);
  if (name === undefined || !fieldSchema)
    return { variable: 'configuration', problem: issue.message, expected: undefined };
  if (values[name] === undefined) return { ...named(name, fieldSchema), problem: missing(issue) };
  const shown = metaOf(fieldSchema).secret || inside.length > 0 ? '' : `'${values[name]}' `;
  const place = inside.length > 0 ? `at ${inside.join('.')}: ` : '';
  return { ...named(name, fieldSchema), problem: `${shown}${place}${issue.message}` };
}

/** A rule over several fields may point at one that is unset; then its own words say more. */
const missing = (issue: z.core.$ZodIssue): string => (issue.code === 'custom' ? issue.message : 'is not set');
