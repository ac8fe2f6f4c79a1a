import { temporaryDirectory, type TemporaryDirectory, eventually } from '@hearth/testing';
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failedChecks } from '../../tools/dev-stack/src/stack/app-process';
import { readSeed } from '../../tools/nats-accounts/src/make-accounts';
import { objectsOnDisk, volumesOfLog } from './disk-and-log';
import { ImageServer } from './image-server';
import { root, startTestStack, type TestStack } from './stack';

jest.setTimeout(300_000);

let directory: TemporaryDirectory;
let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-lost-tail-');
  images = await ImageServer.start();
  stack = await startTestStack({ imageServiceUrl: images.url });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await directory?.remove();
});

/** The tool as an operator runs it. */
async function hearth(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    ...{ PATH: process.env['PATH'], HEARTH_DATABASE_URL: stack.databaseUrl, HEARTH_NATS_URL: stack.natsUrl },
    HEARTH_NATS_NKEY_SEED: await readSeed(stack.natsAccounts, 'operator'),
  };
  const argv = [join(root, 'tools/run.mjs'), 'cli/src/main.ts', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

async function volume(): Promise<string> {
  const { id } = await stack.api.create({ size: 1 });
  expect(await stack.api.settled(id)).toMatchObject({ status: 'available' });
  return id;
}

/** What each app's page of readiness complains of. */
async function complaints(): Promise<string[]> {
  const pages = stack.apps.map(async ({ healthUrl }) => failedChecks(await (await fetch(healthUrl)).text()));
  return Promise.all(pages);
}

/** Puts an older store in the place of NATS's, as a disk that came back with an older state would. */
async function rollBack(copy: string): Promise<void> {
  await stack.nats.kill();
  await rm(stack.nats.storeDirectory, { recursive: true });
  await cp(copy, stack.nats.storeDirectory, { recursive: true });
  await stack.nats.restart();
}

async function copyOfStore(): Promise<string> {
  const copy = join(directory.path, 'jetstream');
  await stack.nats.kill();
  await cp(stack.nats.storeDirectory, copy, { recursive: true });
  await stack.nats.restart();
  return copy;
}

test('P11: a log that lost acknowledged commits stops everything, until somebody accepts it; then all starts from it', async () => {
  const kept = await volume();
  const copy = await copyOfStore();
  await eventually(async () => (await complaints()).every((text) => text === ''), { timeoutMs: 60_000 });
  const lost = await volume();
  expect(await hearth('log', 'verify')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('the log is the one'),
  });

  await rollBack(copy);
  const isSuspect = (text: string) =>
    /log-end: suspect: .*was seen at position \d+, and the log ends at \d+/.test(text);
  await eventually(async () => (await complaints()).every(isSuspect), {
    ...{ timeoutMs: 60_000, what: 'every app saying that the log is suspect' },
  });
  const refused = await stack.api.send('POST', '/volumes', { body: { volume: { size: 1 } } });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60']);
  expect(await refused.json()).toMatchObject({ serviceUnavailable: { code: 503 } });
  expect((await stack.api.send('DELETE', `/volumes/${kept}`)).status).toBe(503);
  expect((await stack.api.show(lost)).status).toBe('available');
  const objects = await objectsOnDisk(stack.backendDirectory);
  expect(objects).toEqual([`volume-${kept}`, `volume-${lost}`].sort());

  expect(await hearth('log', 'verify')).toMatchObject({ code: 1, stdout: expect.stringContaining('the log ends at') });
  const shown = await hearth('log', 'reconcile', '--dry-run', '--json');
  expect(shown.code).toBe(1);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    ...{ accepted: false, loss: { cause: 'shorter' } },
    lost: {
      unknown: [{ kind: 'volume', id: lost, status: 'available', pool: expect.stringContaining('@') }],
      older: [],
    },
  });
  expect((await stack.api.show(lost)).status).toBe('available');
  expect(stack.apps.every(({ isRunning }) => isRunning)).toBe(true);

  const accepted = await hearth('log', 'reconcile', '--yes', '--note', 'a disk came back older');
  expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining(lost) });
  for (const app of stack.apps.filter(({ name }) => name === 'api')) {
    await eventually(() => !app.isRunning, { timeoutMs: 30_000, what: 'the api ending' });
    await app.start();
  }
  for (const app of stack.apps.filter(({ name }) => name !== 'api')) {
    await eventually(() => !app.isRunning, { timeoutMs: 30_000, what: `${app.name} ending` });
  }
  await Promise.all(stack.apps.filter(({ name }) => name !== 'api').map((app) => app.start()));

  expect(await stack.api.isGone(lost)).toBe(true);
  expect(await stack.api.show(kept)).toMatchObject({ status: 'available' });
  const after = await volume();
  expect([...(await volumesOfLog(stack)).keys()].sort()).toEqual([kept, after].sort());
  expect(await objectsOnDisk(stack.backendDirectory)).toContain(`volume-${lost}`);
  expect(await hearth('log', 'reconcile')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to settle'),
  });
});
