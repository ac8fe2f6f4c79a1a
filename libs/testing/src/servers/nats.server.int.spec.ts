import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'nats';
import { type TemporaryDirectory, temporaryDirectory } from '../temporary-directory';
import { findRunningNats, type RunningNats, startNats } from './nats.server';
import { throwAwayNats } from './throw-away';

let directory: TemporaryDirectory;
let started: RunningNats[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.kill()));
  started = [];
  await directory.remove();
});

async function start(options: Partial<Parameters<typeof startNats>[0]> = {}): Promise<RunningNats> {
  const server = await startNats({ dataDir: directory.path, ...options });
  started.push(server);
  return server;
}

async function publish(url: string, text: string): Promise<void> {
  const connection = await connect({ servers: url });
  const streams = await connection.jetstreamManager();
  await streams.streams.add({ name: 'facts', subjects: ['facts.>'] });
  await connection.jetstream().publish('facts.one', Buffer.from(text));
  await connection.close();
}

async function lastText(url: string): Promise<string> {
  const connection = await connect({ servers: url });
  const manager = await connection.jetstreamManager();
  const message = await manager.streams.getMessage('facts', { last_by_subj: 'facts.one' });
  await connection.close();
  return Buffer.from(message.data).toString('utf8');
}

test('a started server has JetStream and takes payloads of 2 MiB', async () => {
  const server = await start();
  const connection = await connect({ servers: server.url });
  expect(connection.info).toMatchObject({ jetstream: true, max_payload: 2 * 1024 * 1024, version: server.version });
  await connection.close();
});

test('what was stored is there after a stop and after a kill', async () => {
  const first = await start();
  await publish(first.url, 'kept');
  await first.stop();
  expect(first.isRunning()).toBe(false);
  const second = await start();
  expect(await lastText(second.url)).toBe('kept');
  await second.kill();
  const third = await start();
  expect(await lastText(third.url)).toBe('kept');
});

test('a taken port is avoided with a line in the log, or refused by name', async () => {
  const holder = createServer();
  const port = await new Promise<number>((resolve) =>
    holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port)),
  );
  try {
    const lines: string[] = [];
    const server = await start({ port, log: (line) => lines.push(line) });
    expect(server.port).not.toBe(port);
    expect(lines).toEqual([`nats-server: port ${port} on 127.0.0.1 is taken, using ${server.port}`]);
    await server.stop();
    await expect(start({ port, whenTaken: 'refuse' })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
  } finally {
    holder.close();
  }
});

test('a detached server is found again by its directory, and a second one is refused', async () => {
  const server = await start({ detached: true });
  const found = await findRunningNats(directory.path);
  expect(found).toMatchObject({ pid: server.pid, url: server.url, version: server.version });
  await expect(start()).rejects.toThrow(`nats-server already runs from ${directory.path} as process ${server.pid}`);
  await found!.stop();
  expect(server.isRunning()).toBe(false);
  expect(await findRunningNats(directory.path)).toBeUndefined();
});

test('an identity file of a process that is gone, or that is another one now, finds nothing', async () => {
  const identity = {
    pid: process.pid,
    startTicks: 1,
    notes: { url: 'nats://x' },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 1,
  };
  await writeFile(join(directory.path, 'nats-server.pid'), JSON.stringify(identity));
  expect(await findRunningNats(directory.path)).toBeUndefined();
  await writeFile(join(directory.path, 'nats-server.pid'), '{"pid":');
  expect(await findRunningNats(directory.path)).toBeUndefined();
});

test('a program that is no nats-server is named by the error', async () => {
  const missing = join(directory.path, 'no-such-program');
  await expect(start({ binary: missing })).rejects.toThrow(
    `'${missing}' is not a nats-server that runs on this machine`,
  );
});

test('a server that cannot start is quoted', async () => {
  await writeFile(join(directory.path, 'jetstream'), 'a file where the store should be');
  await expect(start()).rejects.toThrow(/nats-server did not start: it ended.*storage directory/is);
});

test('a throw-away server restarts with its data on its port', async () => {
  const server = await throwAwayNats();
  try {
    await publish(server.url, 'still here');
    await server.kill();
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow();
    await server.restart();
    expect(await lastText(server.url)).toBe('still here');
  } finally {
    await server.stop();
  }
});
