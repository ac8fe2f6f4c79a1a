import { KeystoneClient, TokenValidator } from '@hearth/openstack-clients';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { KeystoneAuthenticator } from '../../apps/api/src/auth/keystone.authenticator';
import { type Cloud, furnish, furnishCatalogue } from './cloud';
import { type Keystone, type KeystoneCredentials, startKeystone } from './keystone';

// Who callers are, by a real Keystone: what its middleware before a real Cinder would let in, and what not.

jest.setTimeout(120_000);

let directory: TemporaryDirectory;
let keystone: Keystone;
let cloud: Cloud;
const clients: KeystoneClient[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-identity-');
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
  cloud = await furnish(keystone);
  await furnishCatalogue(keystone, { image: 'http://127.0.0.1:9292', blockStorage: 'http://127.0.0.1:8776' });
}, 300_000);
afterAll(async () => {
  await keystone?.stop();
  await directory.remove();
});
afterEach(() => Promise.all(clients.splice(0).map((made) => made.close())));

type Credentials = ConstructorParameters<typeof KeystoneClient>[0]['credentials'];

const inDefault = (name: string) => ({ name, domainName: 'Default' });
const byPassword = ({ userName, password, projectName }: Cloud['users']['cinder']): Credentials => ({
  ...{ kind: 'password', user: inDefault(userName), password, project: inDefault(projectName) },
});
const byApplication = (): Credentials => ({
  kind: 'application-credential',
  id: cloud.blockStorage.applicationCredentialId,
  secret: cloud.blockStorage.applicationCredentialSecret,
});

function service(credentials: Credentials = byApplication()): KeystoneClient {
  const made = new KeystoneClient({ url: keystone.url, credentials, retryWaitMs: 10, timeoutMs: 30_000 });
  clients.push(made);
  return made;
}

/** A caller's door as the api opens it; by default it remembers nothing. */
function door({ windowMs = 0, client = service() } = {}) {
  const tokens = new TokenValidator(client, { windowMs, entriesMax: 100 });
  const options = { identityUri: keystone.authUrl, adminRoles: ['admin'], serviceRoles: ['service'] };
  const authenticator = new KeystoneAuthenticator(tokens, options);
  return (token: string, serviceToken?: string, path = '/v3/p/volumes') =>
    authenticator.authenticate({ token, serviceToken, method: 'GET', path });
}

const tokenOf = async (credentials: KeystoneCredentials) => (await keystone.issueToken(credentials)).token;

describe('the service proves who it is', () => {
  test.each<[string, () => Credentials]>([
    ['by an application credential', byApplication],
    [
      'by an application credential’s name',
      () => ({
        ...{ kind: 'application-credential-name', name: 'hearth', user: inDefault('cinder') },
        secret: cloud.blockStorage.applicationCredentialSecret,
      }),
    ],
    ['by a password', () => byPassword(cloud.users.cinder)],
  ])('%s, and finds others in the catalogue', async (_, credentials) => {
    const client = service(credentials());
    expect(await client.endpoints('image')).toEqual(['http://127.0.0.1:9292']);
    await expect(client.endpoints('key-manager')).rejects.toMatchObject({ problem: 'no-endpoint' });
  });

  test('not with a wrong secret', async () => {
    const wrong = service(byPassword({ ...cloud.users.cinder, password: 'wrong' }));
    await expect(wrong.token()).rejects.toMatchObject({ problem: 'refused' });
  });

  test('anew, once its token is revoked', async () => {
    const client = service();
    const enter = door({ client });
    const token = await tokenOf(cloud.users.member);
    const own = await client.token();
    await keystone.admin.revokeToken(own);
    expect(await enter(token)).toBeDefined();
    expect(await client.token()).not.toBe(own);
  });

  test('in vain, without a role that may ask about others', async () => {
    const enter = door({ client: service(byPassword(cloud.users.stranger)) });
    await expect(enter(await tokenOf(cloud.users.member))).rejects.toMatchObject({ problem: 'refused' });
  });
});

describe('a caller', () => {
  test.each([
    ['member', { isAdmin: false, mayWrite: true }, ['member', 'reader']],
    ['reader', { isAdmin: false, mayWrite: false }, ['reader']],
    // What a role implies differs from release to release of Keystone, beyond these.
    ['admin', { isAdmin: true, mayWrite: true }, ['admin', 'member', 'reader']],
  ] as const)('who is %s in a project has its rights there', async (name, rights, roles) => {
    const caller = await door()(await tokenOf(cloud.users[name]));
    expect(caller).toMatchObject({ projectId: cloud.projects.demo.id, isService: false, ...rights });
    expect(caller?.roles).toEqual(expect.arrayContaining([...roles]));
  });

  test('by an application credential is whom it belongs to', async () => {
    const application = await keystone.admin.createApplicationCredential(cloud.users.member, 'a-script');
    expect(await door()(await tokenOf(application))).toMatchObject({
      projectId: cloud.projects.demo.id,
      mayWrite: true,
    });
  });

  test.each([
    ['a word', 'nonsense'],
    ['half a fernet token', 'gAAAAABnonsense'],
    ['something long', 'x'.repeat(300)],
    ['%00', '%00'],
  ])('with %s for a token is nobody', async (_, token) => {
    expect(await door()(token)).toBeUndefined();
  });

  test('with a token for no project is nobody', async () => {
    const response = await fetch(`${keystone.authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'member', domain: { id: 'default' }, password: cloud.users.member.password } },
          },
          scope: 'unscoped',
        },
      }),
    });
    expect(response.status).toBe(201);
    expect(await door()(response.headers.get('x-subject-token') ?? '')).toBeUndefined();
  });

  test('whose token is revoked goes on for the window that was chosen', async () => {
    const token = await tokenOf(cloud.users.member);
    const [within, without] = [door({ windowMs: 300_000 }), door()];
    expect([await within(token), await without(token)]).toEqual([expect.anything(), expect.anything()]);
    await keystone.admin.revokeToken(token);
    expect([await within(token), await without(token)]).toEqual([expect.anything(), undefined]);
  });

  test('of an application credential with access rules may do what they say', async () => {
    const { token, userId } = await keystone.issueToken(cloud.users.member);
    const rule = { service: 'volumev3', method: 'GET', path: '/v3/*/volumes' };
    const made = await keystone.admin.call<{ application_credential: { id: string; secret: string } }>(
      'POST',
      `/users/${userId}/application_credentials`,
      { application_credential: { name: 'ruled', access_rules: [rule] } },
      { 'x-auth-token': token },
    );
    const { id, secret } = made.application_credential;
    const ruled = await tokenOf({ applicationCredentialId: id, applicationCredentialSecret: secret });
    const enter = door();
    expect(await enter(ruled)).toMatchObject({ projectId: cloud.projects.demo.id });
    expect(await enter(ruled, undefined, '/v3/p/snapshots')).toBeUndefined();
  });
});

describe('a service token', () => {
  test('of a service says that it speaks for the caller', async () => {
    const [token, nova] = [await tokenOf(cloud.users.member), await tokenOf(cloud.users.nova)];
    expect(await door()(token, nova)).toMatchObject({ projectId: cloud.projects.demo.id, isService: true });
  });

  test('of somebody else does not', async () => {
    const [token, reader] = [await tokenOf(cloud.users.member), await tokenOf(cloud.users.reader)];
    expect(await door()(token, reader)).toMatchObject({ isService: false });
  });

  test('that is none lets nobody in', async () => {
    expect(await door()(await tokenOf(cloud.users.member), 'nonsense')).toBeUndefined();
  });
});

test('while Keystone is away, tokens that are known go on, and others cannot be told', async () => {
  const enter = door({ windowMs: 300_000, client: service() });
  const [known, unknown] = [await tokenOf(cloud.users.member), await tokenOf(cloud.users.reader)];
  expect(await enter(known)).toBeDefined();
  await keystone.kill();
  try {
    expect(await enter(known)).toBeDefined();
    await expect(enter(unknown)).rejects.toMatchObject({ problem: 'away' });
  } finally {
    await keystone.restart();
  }
  expect(await enter(unknown)).toBeDefined();
});
