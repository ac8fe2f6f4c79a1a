import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { debianEnvironment } from './debian-packages';
import { identityHeaders, type GlancePaths } from './glance.config';

const run = promisify(execFile);
const readyWithinMs = 60_000;
const stopWithinMs = 10_000;

/** A running glance-api and how to end it. */
export interface GlanceProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Creates the tables (or brings them up to date) and serves them on a free loopback port. */
export async function runGlance(paths: GlancePaths): Promise<GlanceProcess> {
  await createTables(paths);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await serve(paths, port);
  const killed = () => killGroup(child, 'SIGKILL');
  process.once('exit', killed);
  const stop = async () => {
    process.removeListener('exit', killed);
    await end(child);
  };
  try {
    await waitUntilReady({ url, child, paths });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function createTables({ config, directory }: GlancePaths): Promise<void> {
  const argv = ['--config-file', join(config, 'glance-api.conf'), 'db_sync'];
  try {
    await run('glance-manage', argv, { cwd: directory, env: debianEnvironment, maxBuffer: 64 << 20 });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    throw new Error(`glance-manage db_sync failed; its last lines:\n${lastLines(stderr)}`, { cause });
  }
}

/**
 * uwsgi with the settings that Glance needs for bodies of unknown length (chunked uploads), as Debian's own unit has them.
 * A process group of its own, so that stopping reaches the workers even when their master has died.
 */
async function serve({ config, directory, log }: GlancePaths, port: number): Promise<ChildProcess> {
  const output = await open(log, 'a');
  try {
    const argv = [
      ...['--plugins', 'python3', '--wsgi-file', '/usr/bin/glance-wsgi-api', '--http-socket', `127.0.0.1:${port}`],
      ...['--master', '--processes', '2', '--threads', '8', '--enable-threads', '--lazy-apps', '--no-orphans'],
      ...['--die-on-term', '--need-app', '--buffer-size', '65535', '--socket-timeout', '60'],
      ...['--rem-header', 'Content-Length', '--add-header', 'Connection: close'],
      ...['--chdir', join(directory, 'work')],
    ];
    return spawn('uwsgi_python3', argv, {
      env: { ...debianEnvironment, OS_GLANCE_CONFIG_DIR: config },
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
    });
  } finally {
    await output.close();
  }
}

/** A port that was free a moment ago. Should another process take it first, uwsgi ends at once and the error says so. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ready means that the API lists images: the port alone opens before the application is loaded. */
async function waitUntilReady({
  url,
  child,
  paths,
}: {
  url: string;
  child: ChildProcess;
  paths: GlancePaths;
}): Promise<void> {
  let spawnError: Error | undefined;
  child.once('error', (error) => (spawnError = error));
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    if (spawnError) throw new Error(`uwsgi_python3 could not be started: ${spawnError.message}`, { cause: spawnError });
    if (hasEnded(child))
      throw new Error(`glance-api ended while starting; its last lines:\n${await lastLogLines(paths)}`);
    if (await answers(`${url}/v2/images?limit=1`)) return;
    if (performance.now() > deadline) {
      throw new Error(
        `glance-api is not ready after ${readyWithinMs} ms; its last lines:\n${await lastLogLines(paths)}`,
      );
    }
    await pause(50);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const headers = identityHeaders({ projectId: 'readiness', role: 'admin' });
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return killGroup(child, 'SIGKILL');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  killGroup(child, 'SIGTERM');
  const patience = setTimeout(() => killGroup(child, 'SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(patience);
  killGroup(child, 'SIGKILL');
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** A group that is already gone is no error. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function lastLogLines({ log }: GlancePaths): Promise<string> {
  return lastLines(await readFile(log, 'utf8').catch(() => '(no log was written)'));
}

function lastLines(text: string, count = 25): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
