import { readFile } from 'node:fs/promises';
import { cacheSettings } from '../../../../apps/volume-manager/src/backends/backend.config';
import { misplacedVariablesOf } from '../../../../apps/volume-manager/src/backends/check-config';
import { resolveBackends } from '../../../../apps/volume-manager/src/backends/resolve-backends';
import { CliError } from '../cli.error';
import { type Finding, found } from './finding';

const options = found('options');

/** What is wrong in a file of backends, as HEARTH_BACKENDS names it, by the host's own rules. Throws `CliError` for no such file. */
export async function backendsFileFindings(file: string): Promise<readonly Finding[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read: ${error.message}`, error.code === 'ENOENT' ? 3 : 1, { cause: error });
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return [options('failing', file, `it is no JSON: ${(error as Error).message}`, `correct it: ${noStart}`)];
  }
  const { backends, problems } = resolveBackends(content);
  const findings = [
    ...problems.map(({ path, message }) =>
      options('failing', file, [path.join('.'), message].filter(Boolean).join(': '), `correct it: ${noStart}`),
    ),
    ...backends.flatMap(({ config, warnings }) => [
      ...misconfigured(file, config),
      ...warnings.map((warning) => options('warning', file, `${config.name}: ${warning}`)),
    ]),
  ];
  return findings.length > 0 ? findings : [options('ok', file, 'every option stands where it counts')];
}

const noStart = 'its volume-manager does not start with it';

function misconfigured(file: string, config: Parameters<typeof cacheSettings>[0]): readonly Finding[] {
  // What its driver can do is known when it is opened; here it is given the benefit of the doubt.
  const { state, reason } = cacheSettings(config, { canClone: true });
  if (state !== 'misconfigured') return [];
  return [
    options(
      'failing',
      file,
      `${config.name}: the cache is misconfigured: ${reason}`,
      'every volume is made by download',
    ),
  ];
}

/** Variables that are named like an option of a backend: nobody reads them. */
export function variableFindings(variables: readonly string[]): readonly Finding[] {
  return misplacedVariablesOf(variables).map((name) =>
    options(
      'warning',
      name,
      'no variable of the environment is an option of a backend: nobody reads it',
      'write it in the file that HEARTH_BACKENDS names: in the stanza of a backend, or in backend_defaults',
    ),
  );
}
