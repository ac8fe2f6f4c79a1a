import { anyFreePort, launch, type Launched } from '@hearth/testing/servers';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianEnvironment } from './debian-packages';
import type { KeystonePaths } from './keystone.config';

/** A running Keystone; its note is the root of the API. */
export type KeystoneProcess = Launched<{ url: string }>;

/** Serves the API on a loopback port, a free one unless told, until stopped, or until we end. */
export async function runKeystone({ directory, config }: KeystonePaths, wished?: number): Promise<KeystoneProcess> {
  const port = wished ?? (await anyFreePort('127.0.0.1'));
  const url = `http://127.0.0.1:${port}`;
  const whereItIs = join(directory, 'public-endpoint.conf');
  await writeFile(whereItIs, `[DEFAULT]\npublic_endpoint = ${url}\n`);
  return launch({
    name: 'keystone',
    directory,
    argv: uwsgiArguments(port),
    cwd: directory,
    env: { ...debianEnvironment, OS_KEYSTONE_CONFIG_FILES: `${config};${whereItIs}` },
    readyTimeoutMs: 60_000,
    ready: async () => ((await answers(url)) ? { url } : undefined),
  });
}

/**
 * The settings of Debian's own unit (keystone-uwsgi.ini) that matter to a client or to stopping cleanly, with one process,
 * since it remembers, and one thread: two that are the first to ask for its policy at once can find it half read, and refuse everything.
 */
function uwsgiArguments(port: number): string[] {
  return [
    ...['/usr/bin/uwsgi_python3', '--plugins', 'python3', '--wsgi-file', '/usr/bin/keystone-wsgi-public'],
    ...['--http-socket', `127.0.0.1:${port}`, '--master', '--processes', '1', '--enable-threads'],
    ...['--lazy-apps', '--no-orphans', '--die-on-term', '--need-app', '--buffer-size', '65535'],
    ...['--rem-header', 'Content-Length', '--add-header', 'Connection: close'],
  ];
}

/** The port opens before the application is loaded, so readiness is an answer of the API itself. */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/v3`, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.status === 200;
}
