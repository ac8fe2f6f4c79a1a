import { anyFreePort, launch, type Launched } from '@hearth/testing/servers';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianEnvironment } from './debian-packages';
import { authtoken, type GuardedByKeystone } from './glance.config';

const run = promisify(execFile);

/** A running Barbican; its note is the root of the API. */
export type BarbicanProcess = Launched<{ url: string }>;

/**
 * Writes the configuration, creates the tables and serves them on a free loopback port until stopped, or until we end. With a Keystone
 * callers are who their tokens say, and Barbican's own rules hold.
 */
export async function runBarbican(directory: string, guard?: GuardedByKeystone): Promise<BarbicanProcess> {
  await configure(directory, guard);
  // Barbican looks for its configuration in the home folder before it looks in /etc, and takes no other path.
  const env = { ...debianEnvironment, HOME: directory };
  await createTables(directory, env);
  const port = await anyFreePort('127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  return launch({
    name: 'barbican-api',
    directory,
    argv: uwsgiArguments(directory, port),
    env,
    readyTimeoutMs: 60_000,
    ready: async () => ((await listsSecrets(url, guard ? 401 : 200)) ? { url } : undefined),
  });
}

/** Secrets in SQLite, encrypted with a key of the moment; references to them bear the name that the client asked for. */
async function configure(directory: string, guard: GuardedByKeystone | undefined): Promise<void> {
  await mkdir(join(directory, '.barbican'), { recursive: true });
  await writeFile(
    join(directory, '.barbican', 'barbican.conf'),
    `[DEFAULT]
host_href =
sql_connection = sqlite:///${join(directory, 'barbican.sqlite')}
transport_url = fake://
use_stderr = true

[secretstore]
enabled_secretstore_plugins = store_crypto

[crypto]
enabled_crypto_plugins = simple_crypto

[simple_crypto_plugin]
kek = ${randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_')}
${guard ? authtoken(guard) : ''}`,
  );
  await writeFile(join(directory, 'paste.ini'), pipelinesOf(guard ? 'authtoken context' : 'unauthenticated-context'));
  const application = `from paste import deploy\napplication = deploy.loadapp('config:${join(directory, 'paste.ini')}')\n`;
  await writeFile(join(directory, 'wsgi.py'), application);
}

/** Debian's pipelines; without Keystone, who asks says in X-Project-Id, and X-Roles if no administrator, who that is. */
const pipelinesOf = (identity: 'authtoken context' | 'unauthenticated-context') => `[composite:main]
use = egg:Paste#urlmap
/v1: api

[pipeline:api]
pipeline = ${identity} microversion apiapp

[app:apiapp]
paste.app_factory = barbican.api.app:create_main_app

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory

[filter:context]
paste.filter_factory = barbican.api.middleware.context:ContextMiddleware.factory

[filter:unauthenticated-context]
paste.filter_factory = barbican.api.middleware.context:UnauthenticatedContextMiddleware.factory

[filter:microversion]
paste.filter_factory = barbican.api.middleware.microversion:MicroversionMiddleware.factory
`;

async function createTables(directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run('barbican-db-manage', ['upgrade'], { cwd: directory, env, maxBuffer: 64 << 20 });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const last = stderr.trim().split('\n').slice(-15).join('\n');
    throw new Error(`barbican-db-manage upgrade failed; its last lines:\n${last}`, { cause });
  }
}

/**
 * The settings of Debian's own unit (barbican-api-uwsgi.ini) that matter to a client or to stopping cleanly, with one process: the
 * key of the moment and SQLite want no more.
 */
function uwsgiArguments(directory: string, port: number): string[] {
  return [
    ...['/usr/bin/uwsgi_python3', '--plugins', 'python3', '--wsgi-file', join(directory, 'wsgi.py')],
    ...['--http-socket', `127.0.0.1:${port}`, '--master', '--processes', '1', '--threads', '4', '--enable-threads'],
    ...['--lazy-apps', '--no-orphans', '--die-on-term', '--need-app', '--buffer-size', '65535'],
    ...['--rem-header', 'Content-Length', '--add-header', 'Connection: close'],
  ];
}

/** The port opens before the application is loaded, so readiness is an answer of the API itself. */
async function listsSecrets(url: string, status: number): Promise<boolean> {
  const headers = { 'x-project-id': 'readiness' };
  const response = await fetch(`${url}/v1/secrets?limit=1`, { headers, signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.status === status;
}
