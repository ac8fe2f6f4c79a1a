import type { ApiClient } from '../api/api.client';
import type { Policy, Pool } from '../cache/answers';
import { CliError } from '../cli.error';
import { backendsFileFindings, variableFindings } from './backends-file';
import { cacheFindings } from './caches';
import { type Finding, found } from './finding';
import { imageServiceFindings } from './image-service';
import { policyFindings } from './policies';
import { readinessFindings } from './readiness';
import { clockFindings, type Service, serviceFindings } from './services';

const access = found('access');

export interface Examination {
  readonly backendFiles: readonly string[];
  /** Names of variables of the environment. */
  readonly variables: readonly string[];
  /** Milliseconds since 1970. */
  readonly ourMs: number;
}

/** Looks at everything that can be looked at from here; what cannot is a finding, too. Throws `CliError` for what the user gave. */
export async function examine(
  client: ApiClient,
  { backendFiles, variables, ourMs }: Examination,
): Promise<readonly Finding[]> {
  const files = (await Promise.all(backendFiles.map(backendsFileFindings))).flat();
  const ready = await readiness(client);
  const seen = readinessFindings(ready.status, ready.body);
  return [...seen, ...(await apiFindings(client, ready.dateMs, ourMs)), ...files, ...variableFindings(variables)];
}

/** What is answered at `/health/ready`; a gateway before the api may answer in its place, in HTML. */
async function readiness(client: ApiClient): Promise<{ status: number | null; body: unknown; dateMs: number | null }> {
  try {
    return await client.look('/health/ready');
  } catch (error) {
    if (error instanceof CliError && error.cause instanceof SyntaxError) {
      return { status: null, body: undefined, dateMs: null };
    }
    throw error;
  }
}

async function apiFindings(client: ApiClient, apiMs: number | null, ourMs: number): Promise<readonly Finding[]> {
  const connection = await client.connection();
  const images = imageServiceFindings(connection);
  try {
    const [{ pools }, { services }, { policies }] = await Promise.all([
      client.ask<{ pools: Pool[] }>('/v3/cache/pools'),
      client.ask<{ services: Service[] }>('/v3/os-services'),
      client.ask<{ policies: Policy[] }>('/v3/cache/policies'),
    ]);
    const looked = [...serviceFindings(services), ...clockFindings(services, apiMs, ourMs), ...cacheFindings(pools)];
    return [...looked, ...(await policyFindings(policies, connection)), ...(await images)];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const isRefused = error.exitCode === 4;
    const todo = isRefused ? 'ask as an administrator: another --token, --os-cloud or OS_*' : 'see what is said above';
    return [access('failing', null, error.message, todo), ...(await images)];
  }
}
