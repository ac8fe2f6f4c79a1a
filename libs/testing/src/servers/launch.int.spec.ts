import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { eventually } from '../eventually';
import { type TemporaryDirectory, temporaryDirectory } from '../temporary-directory';
import { findLaunched, launch, type Launched } from './launch';
import { identify, isAlive } from './process-table';

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => directory.remove());

const start = (argv: string[], options: { stopTimeoutMs?: number } = {}): Promise<Launched> =>
  launch({ name: 'child', argv, directory: directory.path, readyTimeoutMs: 300, ready: async () => ({}), ...options });

test('a process that does not listen to the request to end is ended by force', async () => {
  const child = await launch({
    name: 'child',
    argv: ['/bin/sh', '-c', `trap '' TERM; echo deaf; while :; do sleep 0.05; done`],
    directory: directory.path,
    stopTimeoutMs: 50,
    ready: async () => ((await readFile(join(directory.path, 'child.log'), 'utf8')).includes('deaf') ? {} : undefined),
  });
  await child.stop();
  expect(child.isRunning()).toBe(false);
  expect(await findLaunched(directory.path, 'child')).toBeUndefined();
});

test('a process that is not ready in time is ended and its last words are quoted', async () => {
  const never = launch({
    name: 'child',
    argv: ['/bin/sh', '-c', 'echo waiting for godot; exec sleep 60'],
    directory: directory.path,
    readyTimeoutMs: 200,
    ready: async () => undefined,
  });
  await expect(never).rejects.toThrow(/child did not start: it was not ready after 200 ms.*waiting for godot/s);
  expect(await findLaunched(directory.path, 'child')).toBeUndefined();
});

test('a program that does not exist is named', async () => {
  const missing = join(directory.path, 'missing');
  await expect(start([missing])).rejects.toThrow(missing);
});

test('an attached process ends with its starter, even when the starter is killed; a detached one stays', async () => {
  const bundle = join(directory.path, 'launch.cjs');
  await build({ entryPoints: [join(__dirname, 'launch.ts')], outfile: bundle, bundle: true, platform: 'node' });
  const starter = spawn(process.execPath, [
    '-e',
    `const { launch } = require(${JSON.stringify(bundle)});
     const start = (name, detached) => launch({ name, argv: ['sleep', '600'], detached,
       directory: ${JSON.stringify(directory.path)}, ready: async () => ({}) });
     Promise.all([start('attached', false), start('detached', true)])
       .then(([a, d]) => { console.log(a.pid + ' ' + d.pid); setInterval(() => {}, 1000); });`,
  ]);
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  const [attached, detached] = line
    .toString('utf8')
    .trim()
    .split(' ')
    .map((pid) => identify(Number(pid))!);
  starter.kill('SIGKILL');
  await eventually(() => !isAlive(attached!), { what: 'the end of the attached process' });
  const found = await findLaunched(directory.path, 'detached');
  expect(found?.pid).toBe(detached!.pid);
  await found!.kill();
});
