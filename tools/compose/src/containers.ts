import { eventually } from '@hearth/testing';
import type { Docker } from './docker';

/** One container of a compose project, as the engine sees it. */
export interface ContainerState {
  readonly name: string;
  /** `running`, `exited`, `restarting`, … */
  readonly status: string;
  /** `healthy`, `unhealthy`, `starting`, or empty where there is no health check. */
  readonly health: string;
}

const stateFormat = '{{.Name}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}';

/** The states of all containers of a compose project. */
export async function containersOf(docker: Docker, project: string): Promise<ContainerState[]> {
  const ids = await docker.ask(['ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${project}`]);
  const list = ids.split('\n').filter((id) => id !== '');
  if (list.length === 0) return [];
  const lines = (await docker.ask(['inspect', '--format', stateFormat, ...list])).trim().split('\n');
  return lines.map((line) => {
    const [name = '', status = '', health = ''] = line.split(' ');
    return { name: name.replace(/^\//, ''), status, health };
  });
}

/** The container of one service of the project: its name differs between the versions of compose. */
export async function containerOf(docker: Docker, project: string, service: string): Promise<string> {
  const labels = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`];
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  const id = (await docker.ask(['ps', '--quiet', ...filters])).trim();
  if (!id) throw new Error(`the service ${service} of the compose project ${project} has no running container`);
  return id;
}

/**
 * Waits until every container runs and is healthy.
 * @throws Error with the state and the last log lines of those that are not, when time is up or one is unhealthy.
 */
export async function waitUntilHealthy(
  docker: Docker,
  { project, timeoutMs }: { project: string; timeoutMs: number },
): Promise<void> {
  const isWell = ({ status, health }: ContainerState) =>
    status === 'running' && (health === 'healthy' || health === '');
  const isLost = ({ status, health }: ContainerState) =>
    status === 'exited' || status === 'dead' || health === 'unhealthy';
  let seen: readonly ContainerState[] = [];
  const look = async () => {
    seen = await containersOf(docker, project);
    return seen.length > 0 && (seen.every(isWell) || seen.some(isLost));
  };
  await eventually(look, { timeoutMs, intervalMs: 500, what: 'the health of all containers' }).catch(() => undefined);
  const ill = seen.filter((container) => !isWell(container));
  if (seen.length === 0) throw new Error(`the compose project ${project} has no containers`);
  if (ill.length > 0)
    throw new Error(`not healthy: ${(await Promise.all(ill.map((one) => describe(docker, one)))).join('\n')}`);
}

async function describe(docker: Docker, { name, status, health }: ContainerState): Promise<string> {
  const log = await docker.ask(['logs', '--tail', '20', name]).catch((error: Error) => error.message);
  return `${name} is ${status} ${health}; its last lines:\n${log.trimEnd()}\n`;
}
