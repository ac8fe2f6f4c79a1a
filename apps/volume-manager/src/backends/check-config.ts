import { cacheSettings } from './backend.config';
import { backendOptions, type BackendOption } from './backend-options';
import { resolveBackends, type ResolvedBackend } from './resolve-backends';

/** What a look at a configuration found, for people. */
export interface CheckedConfig {
  readonly lines: readonly string[];
  /** Nothing is wrong that would keep the service from starting, or a cache that is switched on from working. */
  readonly isGood: boolean;
}

/**
 * The effective value of every option of every backend and where it comes from, then all that is wrong. Nothing is opened: what a driver
 * thinks of its own options is told when it is.
 *
 * @param misplacedVariables variables of the environment that are named like an option, which nobody reads
 */
export function checkConfig(input: unknown, misplacedVariables: readonly string[] = []): CheckedConfig {
  const { backends, problems } = resolveBackends(input);
  const misconfigured = backends.flatMap(({ config }) => {
    const { state, reason } = cacheSettings(config, { canClone: true });
    return state === 'misconfigured' ? [`${config.name}: the image-volume cache is misconfigured: ${reason}`] : [];
  });
  const errors = [
    ...problems.map(({ path, message }) => `${path.join('.') || 'backends'}: ${message}`),
    ...misconfigured,
    ...misplacedVariables.map((name) => `${name}: no variable of the environment is an option of a backend`),
  ];
  const warnings = backends.flatMap(({ config, warnings: all }) => all.map((warning) => `${config.name}: ${warning}`));
  return {
    lines: [
      ...backends.flatMap(linesOf),
      ...errors.map((line) => `error: ${line}`),
      ...warnings.map((line) => `warning: ${line}`),
      ...(errors.length + warnings.length === 0 ? ['Nothing is wrong.'] : []),
    ],
    isGood: errors.length === 0,
  };
}

function linesOf({ config, origins }: ResolvedBackend): string[] {
  const names = Object.keys(backendOptions) as BackendOption[];
  const rows = names.map((name) => [name, JSON.stringify(config[name]) ?? 'unset', origins[name]] as const);
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length))) as [
    number,
    number,
  ];
  const { state } = cacheSettings(config, { canClone: true });
  return [
    `[${config.name}] driver ${config.driver}, image-volume cache ${state}`,
    ...rows.map(([name, value, origin]) => `  ${name.padEnd(first)}  ${value.padEnd(second)}  ${origin}`),
    '',
  ];
}

/** Variables that look like an option in a place where nobody reads it: `IMAGE_VOLUME_CACHE_ENABLED`, with or without a prefix. */
export function misplacedVariablesOf(variables: readonly string[]): string[] {
  const names = Object.keys(backendOptions).map((name) => name.toUpperCase());
  return variables.filter((variable) =>
    names.some((name) => [name, `HEARTH_${name}`, `CINDER_${name}`, `OS_${name}`].includes(variable.toUpperCase())),
  );
}
