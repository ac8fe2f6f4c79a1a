import { spawn } from 'node:child_process';
import { requireProgram, runProgram } from '@hearth/testing/servers';

/** What to run a container command with beyond its arguments. */
export interface DockerRun {
  /** Where relative paths of the command start. */
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** One Docker engine, spoken to through the command-line client. */
export interface Docker {
  /** Runs `docker …` and returns what it printed. */
  ask(args: readonly string[], run?: DockerRun): Promise<string>;
  /** Runs `docker …` with its output on ours. */
  show(args: readonly string[], run?: DockerRun): Promise<void>;
  /** Runs `docker compose …`, or `docker-compose …` where only that exists, with its output on ours. */
  compose(args: readonly string[], run?: DockerRun): Promise<void>;
}

/**
 * The client for the engine at `host` (`unix:///…/docker.sock`), or for the one that the environment names.
 * Debian's client is installed when there is none and we are root.
 */
export async function connectDocker({ host }: { host?: string } = {}): Promise<Docker> {
  const client = await requireProgram('docker', { debianPackage: 'docker.io' });
  const hostVariable: Record<string, string> = host ? { DOCKER_HOST: host } : {};
  let composeCommand: Promise<readonly string[]> | undefined;
  const show = (argv: readonly string[], { cwd, variables }: DockerRun = {}) =>
    runInView(argv, { cwd, variables: { ...hostVariable, ...variables } });
  return {
    ask: (args, { cwd, variables } = {}) =>
      runProgram(['/usr/bin/env', ...assignments({ ...hostVariable, ...variables }), client, ...args], { cwd }),
    show: (args, run) => show([client, ...args], run),
    compose: async (args, run) => {
      composeCommand ??= findCompose(client);
      return show([...(await composeCommand), ...args], run);
    },
  };
}

/** The plugin where the client has it, else the stand-alone program. */
async function findCompose(client: string): Promise<readonly string[]> {
  const hasPlugin = await runProgram([client, 'compose', 'version']).then(
    () => true,
    () => false,
  );
  if (hasPlugin) return [client, 'compose'];
  return [await requireProgram('docker-compose', { debianPackage: 'docker-compose' })];
}

/** The version of the engine. Throws when none answers. */
export async function engineVersion(docker: Docker): Promise<string> {
  return (await docker.ask(['version', '--format', '{{.Server.Version}}'])).trim();
}

/** Runs a program through env(1), which adds variables to those of this process, with its output on ours. */
function runInView(argv: readonly string[], { cwd, variables = {} }: DockerRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/env', [...assignments(variables), ...argv], {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) return resolve();
      reject(new Error(`'${argv.join(' ')}' failed (${code ?? signal}); its output is above`));
    });
  });
}

const assignments = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables).map(([name, value]) => `${name}=${value}`);
