import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, nkeyAuthenticator } from 'nats';
import { Client } from 'pg';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { readSeed } from '../../../nats-accounts/src/make-accounts';
import { hostPools } from '../stack/app-plan';
import {
  findStackServers,
  removeStackData,
  startStackServers,
  type StackServers,
  type StackServersOptions,
} from './stack-servers';

jest.setTimeout(60_000);

const root = join(__dirname, '../../../..');
const anyPorts = { nats: -1, postgres: -1, imageService: -1 };

let directory: TemporaryDirectory;
let stateDir: string;

beforeEach(async () => {
  directory = await temporaryDirectory('hearth-stack-');
  await chmod(directory.path, 0o755);
  stateDir = join(directory.path, 'state');
});

afterEach(async () => {
  for (const server of await findStackServers(stateDir)) await server.kill();
  await removeStackData(stateDir);
  await directory.remove();
});

const start = (options: Partial<StackServersOptions> = {}): Promise<StackServers> =>
  startStackServers({ stateDir, root, ports: anyPorts, ...options });

test('the three servers start, are found by a second run, keep their data over a stop, and stop', async () => {
  const first = await start({ detached: true });
  expect(first.own.map(({ name }) => name).sort()).toEqual(['image-service', 'nats-server', 'postgres']);

  const nats = await connect({ servers: first.natsUrl });
  await (await nats.jetstreamManager()).streams.add({ name: 'facts', subjects: ['facts'] });
  await nats.close();
  await withDatabase(first.databaseUrl, 'create table kept (n int)');
  await writeFile(join(first.imagesDirectory!, 'disk.raw'), 'disk');
  await eventually(async () => (await imageNames(first.imageServiceUrl)).includes('disk'));

  const lines: string[] = [];
  const second = await start({ detached: true, log: (line) => lines.push(line) });
  expect(second.own.map(({ pid }) => pid)).toEqual(first.own.map(({ pid }) => pid));
  expect(lines).toHaveLength(3);
  expect(lines.every((line) => line.includes('already running'))).toBe(true);

  await second.stop();
  expect(first.own.map((server) => server.isRunning())).toEqual([false, false, false]);
  expect(await findStackServers(stateDir)).toEqual([]);

  const third = await start();
  const again = await connect({ servers: third.natsUrl });
  expect((await (await again.jetstreamManager()).streams.info('facts')).config.name).toBe('facts');
  await again.close();
  await withDatabase(third.databaseUrl, 'select * from kept');
  expect(await imageNames(third.imageServiceUrl)).toEqual(['disk']);
  await third.stop();
});

test('a server that the configuration names is used, not started, and not stopped', async () => {
  const external = { natsUrl: 'nats://elsewhere:4222', databaseUrl: 'postgresql://elsewhere/hearth' };
  const servers = await start({ external });
  expect(servers).toMatchObject(external);
  expect(servers.own.map(({ name }) => name)).toEqual(['image-service']);
  await servers.stop();
});

test('NATS with users lets in who has a seed, and a new host as soon as it is named', async () => {
  const { natsUrl, natsAccounts } = await start({ hosts: hostPools(1) });
  await expect(connect({ servers: natsUrl })).rejects.toThrow(/Authorization/);
  const as = async (user: string) => {
    const seed = new TextEncoder().encode(await readSeed(natsAccounts!, user));
    return connect({ servers: natsUrl, authenticator: nkeyAuthenticator(seed) });
  };
  await (await as('volume-manager-store-01')).close();
  await start({ hosts: hostPools(2) });
  const added = await eventually(() => as('volume-manager-store-02').catch(() => undefined));
  await added.close();
});

test('when one server cannot start, the others do not stay behind', async () => {
  await expect(start({ imagesDirectory: join(__filename, 'no-folder') })).rejects.toThrow(/ENOTDIR/);
  expect(await findStackServers(stateDir)).toEqual([]);
});

async function withDatabase(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function imageNames(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/v2/images?status=active`);
  return ((await answer.json()) as { images: { name: string }[] }).images.map(({ name }) => name);
}
