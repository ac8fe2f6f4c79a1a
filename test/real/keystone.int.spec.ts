import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type Keystone, KeystoneRefusal, startKeystone } from './keystone';

jest.setTimeout(300_000);

let directory: TemporaryDirectory;
let keystone: Keystone;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-keystone-');
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
});

afterAll(async () => {
  await keystone?.stop();
  await directory?.remove();
});

interface Said {
  readonly token: {
    readonly user: { readonly name: string };
    readonly project: { readonly name: string };
    readonly roles: readonly { readonly name: string }[];
    readonly catalog: readonly { readonly type: string; readonly endpoints: readonly { readonly url: string }[] }[];
  };
}

const validate = (token: string) =>
  keystone.admin.call<Said>('GET', '/auth/tokens', undefined, { 'x-subject-token': token });

async function member(name: string, ...roles: string[]) {
  const project = await keystone.admin.createProject(`${name}s`);
  const user = await keystone.admin.createUser(name);
  for (const role of roles) await keystone.admin.grant(user, project, role);
  return { project, user, credentials: { userName: name, password: user.password, projectName: project.name } };
}

test('a user with roles in a project has a token that says so, by a password and by an application credential', async () => {
  const { credentials, project } = await member('alice', 'member', 'service');
  const application = await keystone.admin.createApplicationCredential(credentials, 'of-alice');
  for (const by of [credentials, application]) {
    const issued = await keystone.issueToken(by);
    const { token } = await validate(issued.token);
    expect(issued.projectId).toBe(project.id);
    expect([token.user.name, token.project.name]).toEqual(['alice', 'alices']);
    expect(token.roles.map(({ name }) => name).sort()).toEqual(['member', 'reader', 'service']);
  }
});

test('a registered service is in the catalogue of a token, with the project in its URL', async () => {
  const { credentials, project } = await member('bob', 'reader');
  await keystone.admin.register({ type: 'volumev3', name: 'hearth', url: 'http://127.0.0.1:1/v3/%(project_id)s' });
  const { token } = await validate((await keystone.issueToken(credentials)).token);
  expect(token.catalog.find(({ type }) => type === 'identity')?.endpoints[0]?.url).toBe(keystone.authUrl);
  const urls = token.catalog.filter(({ type }) => type === 'volumev3').flatMap(({ endpoints }) => endpoints);
  expect(urls.map(({ url }) => url)).toEqual(Array(3).fill(`http://127.0.0.1:1/v3/${project.id}`));
});

describe('a token is refused', () => {
  const refused = (token: string) => expect(validate(token)).rejects.toMatchObject({ status: 404 });

  test('once it is revoked', async () => {
    const { credentials } = await member('carol', 'member');
    const { token } = await keystone.issueToken(credentials);
    await keystone.admin.revokeToken(token);
    await refused(token);
  });

  test('once its user is disabled', async () => {
    const { credentials, user } = await member('dave', 'member');
    const { token } = await keystone.issueToken(credentials);
    await keystone.admin.setEnabled(user, false);
    await refused(token);
    await expect(keystone.issueToken(credentials)).rejects.toThrow(KeystoneRefusal);
  });

  test('once its user has no role in the project', async () => {
    const { credentials, user, project } = await member('erin', 'member');
    const { token } = await keystone.issueToken(credentials);
    await keystone.admin.revokeRole(user, project, 'member');
    await refused(token);
  });
});

test('what it knew and signed outlives a crash, and a second start over the same folder', async () => {
  const { credentials } = await member('frank', 'member');
  const { token } = await keystone.issueToken(credentials);
  await keystone.kill();
  await expect(validate(token)).rejects.toThrow('fetch failed');
  await keystone.restart();
  expect((await validate(token)).token.user.name).toBe('frank');
  await keystone.stop();
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
  expect((await validate(token)).token.user.name).toBe('frank');
});

test('a wrong password is refused with 401', async () => {
  const wrong = { ...keystone.administrator, password: 'wrong' };
  await expect(keystone.issueToken(wrong)).rejects.toMatchObject({ status: 401 });
});
