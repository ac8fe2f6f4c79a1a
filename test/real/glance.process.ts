import { anyFreePort, launch, type Launched } from '@hearth/testing/servers';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianEnvironment } from './debian-packages';
import { identityHeaders, type GlancePaths } from './glance.config';

const run = promisify(execFile);

/** A running glance-api; its note is the root of the API. */
export type GlanceProcess = Launched<{ url: string }>;

/** Creates the tables (or brings them up to date) and serves them on a free loopback port until stopped, or until we end. */
export async function runGlance(paths: GlancePaths): Promise<GlanceProcess> {
  await createTables(paths);
  const port = await anyFreePort('127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const starting = launch({
    name: 'glance-api',
    directory: paths.directory,
    argv: uwsgiArguments(paths, port),
    env: { ...debianEnvironment, OS_GLANCE_CONFIG_DIR: paths.config },
    readyTimeoutMs: 60_000,
    ready: async () => ((await isReady(url)) ? { url } : undefined),
  });
  return starting.catch((cause: Error) => withPythonErrors(cause, join(paths.directory, 'glance-api.log')));
}

/** uwsgi ends with a long native backtrace that pushes what Python said out of the last lines; so it is put in front. */
async function withPythonErrors(cause: Error, logFile: string): Promise<never> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const said = log.split('\n').filter((line) => / CRITICAL /.test(line));
  throw new Error(`${said.slice(-3).join('\n')}\n${cause.message}`, { cause });
}

async function createTables({ config, directory }: GlancePaths): Promise<void> {
  const argv = ['--config-file', join(config, 'glance-api.conf'), 'db_sync'];
  try {
    await run('glance-manage', argv, { cwd: directory, env: debianEnvironment, maxBuffer: 64 << 20 });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const last = stderr.trim().split('\n').slice(-15).join('\n');
    throw new Error(`glance-manage db_sync failed; its last lines:\n${last}`, { cause });
  }
}

/**
 * The settings of Debian's own unit (glance-api-uwsgi.ini) that matter to a client or to stopping cleanly. `need-app`
 * makes an application that does not load an end of the server instead of a server that answers 500.
 */
function uwsgiArguments({ directory }: GlancePaths, port: number): string[] {
  return [
    ...['/usr/bin/uwsgi_python3', '--plugins', 'python3', '--wsgi-file', '/usr/bin/glance-wsgi-api'],
    ...['--http-socket', `127.0.0.1:${port}`, '--chdir', join(directory, 'work')],
    ...['--master', '--processes', '2', '--threads', '8', '--enable-threads', '--lazy-apps', '--no-orphans'],
    ...['--die-on-term', '--need-app', '--buffer-size', '65535', '--socket-timeout', '60'],
    ...['--rem-header', 'Content-Length', '--add-header', 'Connection: close'],
  ];
}

/** The port opens before the application is loaded, so readiness is an answer of the API itself: images, or that a token is missing. */
async function isReady(url: string): Promise<boolean> {
  const headers = identityHeaders({ projectId: 'readiness', role: 'admin' });
  const response = await fetch(`${url}/v2/images?limit=1`, { headers, signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.status === 200 || response.status === 401;
}
