import { eventually, temporaryDirectory } from '@hearth/testing';
import { anyFreePort } from '@hearth/testing/servers';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../../..');

export interface ApiProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** The exit code, once it has ended. */
  readonly exit: Promise<number | null>;
  output(): string;
}

/** The api as it is shipped: bundled, and started as processes of its own. */
export async function bundledApi() {
  const directory = await temporaryDirectory('hearth-api-');
  const app = join(directory.path, 'main.cjs');
  const script = `
    import { build } from 'esbuild';
    import { bundleOptions } from './tools/build-options.mjs';
    await build(bundleOptions(${JSON.stringify(join(__dirname, '../main.ts'))}, ${JSON.stringify(app)}));`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, stdio: 'pipe' });
  const children: ChildProcess[] = [];

  async function start(env: Readonly<Record<string, string>>): Promise<ApiProcess> {
    const port = await anyFreePort('127.0.0.1');
    const own = { NODE_PATH: join(root, 'node_modules'), HEARTH_LOG_FORMAT: 'json', HEARTH_API_PORT: String(port) };
    const child = spawn(process.execPath, [app], { env: { ...own, ...env } });
    children.push(child);
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    const exit = once(child, 'exit').then(([code]) => code as number | null);
    return { url: `http://127.0.0.1:${port}`, child, exit, output: () => text };
  }

  return {
    start,
    /** Ends what still runs and removes the bundle. */
    async remove() {
      for (const child of children) child.kill('SIGKILL');
      await directory.remove();
    },
  };
}

/** Waits until everything that the process needs is there. */
export function ready(api: ApiProcess): Promise<unknown> {
  const look = async () => (await fetch(`${api.url}/health/ready`)).ok;
  return eventually(look, { timeoutMs: 30_000, what: `an api that is ready; it says ${api.output()}` });
}
