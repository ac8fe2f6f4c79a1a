// Who may do what with the key of an encrypted volume, as a Barbican behind a Keystone has it.
import { BarbicanKeyStore, KeyManagerError, type KeyManagerProblem } from '@hearth/openstack-clients';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Barbican, startBarbican } from './barbican';
import { type Cloud, furnish } from './cloud';
import { debianEnvironment, installDebianPackages } from './debian-packages';
import { type IssuedToken, type Keystone, startKeystone } from './keystone';

jest.setTimeout(300_000);

let directory: TemporaryDirectory;
let keystone: Keystone;
let cloud: Cloud;
let barbican: Barbican;
let keys: BarbicanKeyStore;
let member: IssuedToken;
let stranger: IssuedToken;
const bytes = randomBytes(32);
const newKey = { name: 'volume-of-a-test', algorithm: 'aes', bytes };

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-barbican-keystone-');
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
  cloud = await furnish(keystone);
  barbican = await startBarbican({
    directory: `${directory.path}/barbican`,
    guard: { authUrl: keystone.authUrl, serviceUser: cloud.users.glance },
  });
  // What Barbican's older rules ask of who stores secrets of their own.
  await grantTo(cloud.users.member.userName, 'demo', 'creator');
  [member, stranger] = [await keystone.issueToken(cloud.users.member), await keystone.issueToken(cloud.users.stranger)];
  let own: Promise<IssuedToken> | undefined;
  keys = new BarbicanKeyStore({
    endpoint: barbican.url,
    token: async () => (await (own ??= keystone.issueToken(cloud.users.cinder))).token,
    retriesMax: 0,
  });
});
afterAll(async () => {
  await keys?.close();
  await barbican?.stop();
  await keystone?.stop();
  await directory?.remove();
});

async function grantTo(userName: string, project: keyof Cloud['projects'], role: string): Promise<void> {
  const { users } = await keystone.admin.call<{ users: { id: string }[] }>('GET', `/users?name=${userName}`);
  await keystone.admin.grant(users[0]!, cloud.projects[project], role);
}

async function problemOf(work: Promise<unknown>): Promise<KeyManagerProblem> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KeyManagerError)) throw new Error('no KeyManagerError was thrown', { cause: error });
  return error.problem;
}
const as = ({ token }: IssuedToken) => ({ token });

test('the service stores, reads and removes a key in its own project, with nobody’s token', async () => {
  const id = await keys.store(newKey);
  expect(await keys.key(id)).toEqual({ algorithm: 'aes', bytes });
  await keys.remove(id);
  expect(await problemOf(keys.key(id))).toBe('not-found');
  await keys.remove(id);
});

test('users read it when they are let in, one beside the other or instead of the other, and do no more with it', async () => {
  const id = await keys.store(newKey);
  expect(await problemOf(keys.key(id, as(member)))).toBe('forbidden');
  await keys.allow(id, member.userId);
  await keys.allow(id, member.userId);
  expect((await keys.key(id, as(member))).bytes).toEqual(bytes);
  expect(await problemOf(keys.key(id, as(stranger)))).toBe('forbidden');
  await keys.allow(id, stranger.userId);
  for (const user of [member, stranger]) {
    expect((await keys.key(id, as(user))).bytes).toEqual(bytes);
    expect(await problemOf(keys.remove(id, as(user)))).toBe('forbidden');
    expect(await problemOf(keys.allow(id, 'somebody', as(user)))).toBe('forbidden');
  }
  await keys.allow(id, stranger.userId, { instead: true });
  expect(await problemOf(keys.key(id, as(member)))).toBe('forbidden');
  expect((await keys.key(id, as(stranger))).bytes).toEqual(bytes);
  await keys.remove(id);
});

test('many who are let in at once are all let in', async () => {
  const id = await keys.store(newKey);
  await Promise.all([member, stranger].map(({ userId }) => keys.allow(id, userId)));
  for (const user of [member, stranger]) expect((await keys.key(id, as(user))).bytes).toEqual(bytes);
  await keys.remove(id);
});

test('what a user stores, an image’s key for instance, is that user’s: the service neither reads nor removes it', async () => {
  const id = await keys.store(newKey, as(member));
  expect((await keys.key(id, as(member))).bytes).toEqual(bytes);
  expect(await problemOf(keys.key(id))).toBe('forbidden');
  expect(await problemOf(keys.remove(id))).toBe('forbidden');
  expect(await problemOf(keys.key(id, as(stranger)))).toBe('forbidden');
  await keys.remove(id, as(member));
});

test('Castellan, by which Nova reads keys, reads it with the user’s token and makes the same passphrase of it', async () => {
  await installDebianPackages({ packages: ['python3-castellan'] });
  const id = await keys.store(newKey);
  await keys.allow(id, member.userId);
  const read = new Promise<string>((resolve, reject) => {
    const args = [join(__dirname, 'read-key.py'), keystone.authUrl, barbican.url, member.projectId, id];
    const program = execFile('python3', args, { env: debianEnvironment }, (error, stdout) =>
      error ? reject(new Error(error.message)) : resolve(stdout.trim()),
    );
    program.stdin?.end(member.token);
  });
  expect(await read).toBe(`aes 256 ${bytes.toString('hex')}`);
  await keys.remove(id);
});
