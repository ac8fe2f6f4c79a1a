import { categories, factsSubject, type Category } from '@hearth/contracts';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { Command } from 'commander';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Accounts,
  makeAccounts,
  type MakeAccountsOptions,
  readSeed,
  seedFileOf,
  serverFileOf,
} from './make-accounts';
import { newUserKey } from './nkey';
import { parseOptions } from './options';
import { permissionsOf } from './permissions';
import { nameOf, parseHost, usersOf } from './users';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory('hearth-accounts-');
});
afterEach(() => directory.remove());

const installation = { hosts: [parseHost('store-01=file#default')], subscribers: ['billing'], listeners: [] };
const make = (options: Partial<MakeAccountsOptions> = {}): Promise<Accounts> =>
  makeAccounts({ directory: directory.path, ...installation, ...options });
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

test('each user has a seed that its owner alone may read, and the server is given none of them', async () => {
  const { made, serverFile } = await make();
  const apps = ['api', 'scheduler', 'cache-janitor', 'notifier', 'operator'];
  expect(made).toEqual([...apps, 'volume-manager-store-01', 'subscriber-billing']);
  const configuration = await readFile(serverFile, 'utf8');
  for (const user of made) {
    expect(await modeOf(seedFileOf(directory.path, user))).toBe(0o600);
    expect(await modeOf(dirname(seedFileOf(directory.path, user)))).toBe(0o700);
    expect(configuration).not.toContain(await readSeed(directory.path, user));
  }
  expect(configuration.match(/nkey: "U[A-Z2-7]{55}"/g)).toHaveLength(made.length);
});

test('a second run changes nothing', async () => {
  const { serverFile } = await make();
  const before = await readFile(serverFile, 'utf8');
  expect(await make()).toEqual({ serverFile, changed: false, made: [] });
  expect(await readFile(serverFile, 'utf8')).toBe(before);
});

test('a user gets a new key on demand, and the others keep theirs', async () => {
  await make();
  const [api, notifier] = [await readSeed(directory.path, 'api'), await readSeed(directory.path, 'notifier')];
  expect(await make({ rotate: ['api'] })).toMatchObject({ changed: true, made: ['api'] });
  expect(await readSeed(directory.path, 'api')).not.toBe(api);
  expect(await readSeed(directory.path, 'notifier')).toBe(notifier);
});

test('who is not named any more is known to the server no longer', async () => {
  await make();
  await make({ hosts: [] });
  expect(await readFile(serverFileOf(directory.path), 'utf8')).not.toContain('store-01');
});

test.each([
  ['a user that there is not', { rotate: ['apj'] }, /no user apj/],
  ['a host that is given twice', { hosts: [...installation.hosts, ...installation.hosts] }, /store-01 is given twice/],
  ['a name that is no name of a folder', { subscribers: ['../api'] }, /'subscriber-\.\.\/api' is no name/],
])('%s is refused by name, and nothing is made', async (_what, options, message) => {
  await expect(make(options)).rejects.toThrow(message);
  await expect(stat(serverFileOf(directory.path))).rejects.toThrow(/ENOENT/);
});

test('a file that holds no seed is named, without what it holds, and left as it is', async () => {
  const file = seedFileOf(directory.path, 'api');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'SUBROKEN');
  const failure = await make().catch((error: Error) => error.message);
  expect(failure).toContain(`${file} holds no seed`);
  expect(failure).not.toContain('BROKEN');
  expect(await readFile(file, 'utf8')).toBe('SUBROKEN');
});

test('every category of facts is written by somebody', () => {
  const { publicKey } = newUserKey();
  const allowed = usersOf(installation).flatMap((user) => permissionsOf(user, publicKey).publish.allow);
  for (const category of Object.keys(categories) as Category[]) {
    const all = factsSubject({ category, id: 'x' }).replace(/x$/, '>');
    expect(allowed).toContain(all);
  }
});

test('a command line names hosts with their pools, and who listens from outside', () => {
  const argv = ['make', '--directory', 'keys', '--host', 'a=file#default,fast#ssd', '--subscriber', 'billing'];
  const options = parseOptions([...argv, '--host', 'b=file#default', '--rotate', 'api'], new Command());
  expect(options).toMatchObject({
    command: 'make',
    hosts: [
      { host: 'a', pools: ['a@file#default', 'a@fast#ssd'] },
      { host: 'b', pools: ['b@file#default'] },
    ],
    subscribers: ['billing'],
    rotate: ['api'],
  });
});

test.each(['store-01', 'store-01=file', 'a=b=c#d', '=file#default', 'a b=file#default'])(
  'a host without pools cannot be read: %s',
  (text) => expect(() => parseHost(text)).toThrow(`'${text}' is no HOST=BACKEND#POOL`),
);

test('users have names of their own', () => {
  expect(usersOf(installation).map(nameOf)).toContain('subscriber-billing');
});
