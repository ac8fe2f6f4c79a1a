import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type AppName, appNames, type AppPlan, planApps, wantedPorts } from './app-plan';
import { appsDirectory, findApp, startApp } from './app-process';
import { stackStatus } from './stack-status';
import { writeRecord } from './stack-record';
import { purge, runningApps, takeDown } from './take-down';
import { anyFreePort } from '@hearth/testing/servers';

jest.setTimeout(60_000);

/** An app as far as supervision sees it: health pages on its port, an end on SIGTERM, an end at once where it is told. */
const standIn = `
const http = require('node:http');
if (process.env.STAND_IN_FAILS) { console.log('the disk is on fire'); process.exit(3); }
const page = process.env.STAND_IN_SICK
  ? [503, { checks: { log: { status: 'failing', error: 'NATS is away' } } }]
  : [200, { checks: {}, node: process.execArgv }];
const port = Number(process.env.HEARTH_API_PORT || process.env.HEARTH_HEALTH_PORT);
http.createServer((_, answer) => answer.writeHead(page[0]).end(JSON.stringify(page[1]))).listen(port, '127.0.0.1');
process.on('SIGTERM', () => {
  require('node:fs').appendFileSync(process.env.STAND_IN_DIARY, process.env.STAND_IN_NAME + '\\n');
  process.exit(0);
});
`;

let directory: TemporaryDirectory;
let root: string;
let stateDir: string;
let diary: string;

beforeEach(async () => {
  directory = await temporaryDirectory('hearth-supervision-');
  [root, stateDir, diary] = ['root', 'state', 'diary'].map((name) => join(directory.path, name)) as [
    string,
    string,
    string,
  ];
  for (const app of appNames) await writeBundle(app, standIn);
  await writeFile(diary, '');
});

afterEach(async () => {
  for (const app of await runningApps(stateDir)) await app.kill();
  await directory.remove();
});

async function writeBundle(app: AppName, text: string): Promise<void> {
  const file = join(root, 'dist/apps', app, 'main.cjs');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function plans(env: Record<string, string> = {}): Promise<AppPlan[]> {
  const names = Object.keys(wantedPorts(1));
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await anyFreePort('127.0.0.1')] as const)),
  );
  return planApps({
    ...{ host: '127.0.0.1', natsUrl: 'nats://n', databaseUrl: 'postgresql://p/d', imageServiceUrl: 'http://g' },
    ...{ backendDirectory: join(stateDir, 'backends'), scratchDirectory: join(stateDir, 'scratch') },
    ...{ volumeManagers: 1, ports, env },
    envOf: Object.fromEntries(names.map((name) => [name, { STAND_IN_NAME: name, STAND_IN_DIARY: diary }])),
  });
}

const options = () => ({ root, directory: appsDirectory(stateDir), inherited: process.env, detached: true });
const only = (app: AppName, all: readonly AppPlan[]): AppPlan => all.find((plan) => plan.app === app)!;

test('an app that is ready is found again, with the heap options it was given', async () => {
  const plan = only('scheduler', await plans());
  const started = await startApp(plan, options());
  const found = await findApp(plan, options());
  expect(found).toMatchObject({ isAsPlanned: true, process: { pid: started.pid, notes: { url: plan.url } } });
  const page = (await (await fetch(plan.healthUrl)).json()) as { node: string[] };
  expect(page.node).toContain('--max-semi-space-size=4');
});

test('an app whose settings or whose bundle changed is not as planned', async () => {
  const plan = only('scheduler', await plans());
  await startApp(plan, options());
  const otherwise = { ...plan, env: { ...plan.env, HEARTH_LOG_LEVEL: 'debug' } };
  expect(await findApp(otherwise, options())).toMatchObject({ isAsPlanned: false });
  await appendFile(join(root, 'dist/apps/scheduler/main.cjs'), '\n');
  expect(await findApp(plan, options())).toMatchObject({ isAsPlanned: false });
});

test('an app that ends at its start is told with its last words, and leaves nothing behind', async () => {
  const plan = only('notifier', await plans({ STAND_IN_FAILS: '1' }));
  await expect(startApp(plan, options())).rejects.toThrow(/notifier did not start[^]*the disk is on fire/);
  expect(await runningApps(stateDir)).toEqual([]);
});

test('an app that never gets ready is ended, and the failing check is among the causes', async () => {
  const plan = only('scheduler', await plans({ STAND_IN_SICK: '1' }));
  const error = await startApp(plan, { ...options(), readyTimeoutMs: 500 }).catch((thrown: Error) => thrown);
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
  expect(causes.join('\n')).toContain('log: NATS is away');
  expect(await runningApps(stateDir)).toEqual([]);
});

test('status tells which processes run, and taking down ends them in order', async () => {
  const all = await plans();
  await Promise.all(all.slice(1).map((plan) => startApp(plan, options())));
  await writeRecord(stateDir, {
    format: 1,
    ports: {},
    ...{ volumeManagers: 1, backendDirectory: '', natsUrl: 'nats://n', databaseUrl: 'postgresql://p/d' },
    ...{ imageServiceUrl: 'http://g', apiUrl: only('api', all).url },
  });
  const status = await stackStatus(stateDir);
  const healthOf = (name: string) => status?.find((process) => process.name === name);
  expect(healthOf('notifier')).toMatchObject({ pid: null, health: 'does not run' });
  expect(healthOf('api')?.residentBytes).toBeGreaterThan(1024 * 1024);
  expect(healthOf('nats-server')?.health).toBe('ok: somebody else runs it');

  expect(await takeDown(stateDir)).toHaveLength(all.length - 1);
  expect(await runningApps(stateDir)).toEqual([]);
  expect((await readFile(diary, 'utf8')).split('\n')[0]).toBe('api');
});

test('a directory that holds no stack is not purged', async () => {
  await mkdir(stateDir, { recursive: true });
  await writeFile(join(stateDir, 'precious'), 'data');
  await expect(purge(stateDir)).rejects.toThrow(/holds no stack:/);
  expect(await readFile(join(stateDir, 'precious'), 'utf8')).toBe('data');
});
