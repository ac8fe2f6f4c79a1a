import { z } from 'zod';
import { type BackendConfig, backendSchema, configWarnings } from './backend.config';
import { backendOptions, type BackendOption, isBackendOption } from './backend-options';

/** Where an option's value comes from: what stands in the backend's stanza, beside the list, or nowhere. */
export type Origin = 'stanza' | 'backend_defaults' | 'default';

export interface ResolvedBackend {
  readonly config: BackendConfig;
  readonly origins: Readonly<Record<BackendOption, Origin>>;
  readonly warnings: readonly string[];
}

/** What is wrong, and where: `backends.0.image_volume_cache_policy`, say. */
export interface BackendsProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ResolvedBackends {
  readonly backends: readonly ResolvedBackend[];
  readonly problems: readonly BackendsProblem[];
}

/**
 * The backends of a host as they are configured: a list of stanzas, or `{ backend_defaults, backends }`. A stanza stands before
 * `backend_defaults`, and that before the default, an explicit `false` too. A value in any other place would be read by nobody, and is a
 * problem that says where it belongs. All problems are found, not only the first.
 */
export function resolveBackends(input: unknown): ResolvedBackends {
  const { stanzas, defaults, problems, at } = partsOf(input);
  const found = [...problems, ...problemsOfDefaults(defaults)];
  const backends: ResolvedBackend[] = [];
  const names = new Set<string>();
  if (stanzas.length === 0 && problems.length === 0) found.push({ path: at, message: 'names no backend' });
  stanzas.forEach((stanza, index) => {
    const own = isRecord(stanza) ? stanza : {};
    const path = [...at, index];
    const parsed = backendSchema.safeParse(isRecord(stanza) ? { ...known(defaults), ...stanza } : stanza);
    if (!parsed.success) {
      found.push(...parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, path, own, defaults)));
      return;
    }
    const { name } = parsed.data;
    if (names.has(name)) found.push({ path, message: `names a backend twice: ${name}` });
    names.add(name);
    backends.push({ config: parsed.data, origins: originsOf(own, defaults), warnings: configWarnings(parsed.data) });
  });
  return { backends, problems: found };
}

/** The same as a schema: what cannot be used is refused as a whole. */
export const backendsSchema = z.unknown().transform((input, context): readonly BackendConfig[] => {
  const { backends, problems } = resolveBackends(input);
  for (const { path, message } of problems) context.addIssue({ code: 'custom', path: [...path], message });
  return problems.length > 0 ? z.NEVER : backends.map(({ config }) => config);
});

interface Parts {
  readonly stanzas: readonly unknown[];
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly problems: readonly BackendsProblem[];
  /** Where the list stands. */
  readonly at: readonly string[];
}

function partsOf(input: unknown): Parts {
  if (Array.isArray(input)) return { stanzas: input as unknown[], defaults: {}, problems: [], at: [] };
  const at = ['backends'];
  const nothing = { stanzas: [], defaults: {}, at };
  if (!isRecord(input)) {
    const message = 'must be a list of backends, or an object with backends and backend_defaults';
    return { ...nothing, problems: [{ path: [], message }] };
  }
  const { backends, backend_defaults: defaults = {}, ...others } = input;
  const problems = Object.keys(others).flatMap((name) => misplaced(name, others[name]));
  if (!Array.isArray(backends)) problems.push({ path: at, message: 'must be a list of backends' });
  if (!isRecord(defaults)) problems.push({ path: ['backend_defaults'], message: 'must be an object of options' });
  return {
    ...{ stanzas: Array.isArray(backends) ? (backends as unknown[]) : [], at, problems },
    defaults: isRecord(defaults) ? defaults : {},
  };
}

/** What stands beside the list: an option, or a section of options such as `DEFAULT`, which backends do not read. */
function misplaced(name: string, value: unknown): BackendsProblem[] {
  const message = 'is in the wrong place, and no backend reads it: write it into backend_defaults or a backend';
  if (isBackendOption(name)) return [{ path: [name], message }];
  const inside = isRecord(value) ? Object.keys(value).filter(isBackendOption) : [];
  if (inside.length > 0) return inside.map((option) => ({ path: [name, option], message }));
  return [{ path: [name], message: 'is not known here; backends and backend_defaults are' }];
}

function problemsOfDefaults(defaults: Readonly<Record<string, unknown>>): BackendsProblem[] {
  return Object.entries(defaults).flatMap(([name, value]) => {
    const path = ['backend_defaults', name];
    if (!isBackendOption(name)) {
      const isOfStanza = ['name', 'driver', 'options'].includes(name);
      const message = isOfStanza ? 'is of one backend alone: write it into that' : 'is no option of a backend';
      return [{ path, message }];
    }
    const parsed = backendOptions[name].safeParse(value);
    return parsed.success ? [] : parsed.error.issues.map(({ message }) => ({ path, message }));
  });
}

/** Those that are options, each with a value that can be used: the others have been complained of. */
function known(defaults: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(defaults).filter(
      ([name, value]) => isBackendOption(name) && backendOptions[name].safeParse(value).success,
    ),
  );
}

/** Of what stands in `backend_defaults` alone that is told once, there. */
function problemsOfIssue(
  issue: z.core.$ZodIssue,
  path: readonly (string | number)[],
  own: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): BackendsProblem[] {
  const inside = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const [option] = inside;
  const isOfDefaults = typeof option === 'string' && !Object.hasOwn(own, option) && Object.hasOwn(defaults, option);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is no option of a backend' }));
  }
  const where = isOfDefaults ? ['backend_defaults', ...inside] : [...path, ...inside];
  return [{ path: where, message: issue.message }];
}

function originsOf(
  own: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): Readonly<Record<BackendOption, Origin>> {
  const originOf = (name: string): Origin => {
    if (own[name] !== undefined) return 'stanza';
    return defaults[name] === undefined ? 'default' : 'backend_defaults';
  };
  const entries = (Object.keys(backendOptions) as BackendOption[]).map((name) => [name, originOf(name)] as const);
  return Object.fromEntries(entries) as Record<BackendOption, Origin>;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
