import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloudsYaml } from '../../../dev-stack/src/stack/client-config';
import type { CliDefaults } from '../config';
import { FakeApi } from '../testing/fake-api';
import { runHearth } from '../testing/run-hearth';

let api: FakeApi;
let directory: TemporaryDirectory;
beforeEach(async () => {
  api = await FakeApi.start();
  directory = await temporaryDirectory('hearth-cli-');
});
afterEach(async () => {
  await api.close();
  await directory.remove();
});

const catalogue = (url: string) => [
  {
    type: 'block-storage',
    endpoints: [
      { interface: 'internal', region: 'one', region_id: 'one', url: 'http://127.0.0.1:9/v3' },
      { interface: 'public', region: 'two', region_id: 'two', url: 'http://127.0.0.1:9/v3' },
      { interface: 'public', region: 'one', region_id: 'one', url: `${url}/v3/demo` },
    ],
  },
];
const issued = (url: string) => ({
  status: 201,
  headers: { 'X-Subject-Token': 'gAAAA' },
  body: { token: { catalog: catalogue(url) } },
});

/** Lists pools as somebody whom only these settings tell of. */
async function ask(openstack: Record<string, string>, more: Partial<CliDefaults> = {}, ...options: string[]) {
  api.givenBodies('GET /v3/cache/pools', { pools: [] });
  const defaults = { url: undefined, token: undefined, openstack, ...more };
  return runHearth(undefined, ['cache', 'pools', ...options], { defaults });
}

const password = () => ({
  ...{ auth_url: `${api.url}/v3/`, username: 'ann', password: 's3cret', project_name: 'demo', region_name: 'one' },
  ...{ user_domain_name: 'Default', project_domain_id: 'default' },
});

test('a password is a token of Keystone, and the catalogue tells where the api is', async () => {
  api.given('POST /v3/auth/tokens', issued(api.url));
  expect((await ask(password())).code).toBe(0);
  const user = { name: 'ann', domain: { name: 'Default' }, password: 's3cret' };
  const scope = { project: { name: 'demo', domain: { id: 'default' } } };
  expect(api.asked[0]?.body).toEqual({ auth: { identity: { methods: ['password'], password: { user } }, scope } });
  expect(api.asked[1]?.headers['x-auth-token']).toBe('gAAAA');
});

test('an application credential needs no project', async () => {
  api.given('POST /v3/auth/tokens', issued(api.url));
  const { auth_url, region_name } = password();
  await ask({ auth_url, region_name, application_credential_id: 'app', application_credential_secret: 's3cret' });
  const proof = { id: 'app', secret: 's3cret' };
  expect(api.asked[0]?.body).toEqual({
    auth: { identity: { methods: ['application_credential'], application_credential: proof } },
  });
});

test('the clouds that a stack of the house writes are understood', async () => {
  const file = join(directory.path, 'clouds.yaml');
  await writeFile(file, cloudsYaml({ apiUrl: api.url, imageServiceUrl: 'http://127.0.0.1:9' }));
  expect((await ask({ cloud: 'hearth' }, { cloudsFiles: [file] })).code).toBe(0);
  expect((await ask({ cloud: 'hearth' }, { cloudsFiles: [file] }, '--os-cloud', 'hearth-admin')).code).toBe(0);
  const [member, admin] = api.asked.map(({ headers }) => headers['x-auth-token']);
  expect([member, admin]).toEqual(['demo:alice:member', expect.stringMatching(/:admin$/)]);
});

test('a token that is given counts before a cloud of the environment, and not before one of the command line', async () => {
  const file = join(directory.path, 'clouds.yaml');
  await writeFile(file, cloudsYaml({ apiUrl: api.url, imageServiceUrl: 'http://127.0.0.1:9' }));
  const given = { cloudsFiles: [file], url: api.url, token: 'given' };
  await ask({ cloud: 'hearth' }, given);
  await ask({ cloud: 'hearth' }, { ...given, url: 'http://127.0.0.1:9' }, '--os-cloud', 'hearth');
  expect(api.asked.map(({ headers }) => headers['x-auth-token'])).toEqual(['given', 'demo:alice:member']);
});

test('a token of the command line is used where the cloud says; a cloud that is not there is an error only there', async () => {
  const file = join(directory.path, 'clouds.yaml');
  await writeFile(file, cloudsYaml({ apiUrl: api.url, imageServiceUrl: 'http://127.0.0.1:9' }));
  expect((await ask({}, { cloudsFiles: [file] }, '--os-cloud', 'hearth', '--token', 'mine')).code).toBe(0);
  expect(api.asked[0]?.headers['x-auth-token']).toBe('mine');
  expect((await ask({}, {}, '--os-cloud', 'none', '--token', 'mine')).code).toBe(2);
  expect((await ask({ cloud: 'none' }, { token: 'mine', url: api.url })).code).toBe(0);
});

test('secrets may stand in a file of their own', async () => {
  const [clouds, secure] = [join(directory.path, 'clouds.yaml'), join(directory.path, 'secure.yaml')];
  await writeFile(
    clouds,
    `clouds:\n  c:\n    region_name: one\n    auth:\n      auth_url: ${api.url}\n      user_id: u\n`,
  );
  await writeFile(secure, 'clouds:\n  c:\n    auth:\n      password: s3cret\n');
  api.given('POST /v3/auth/tokens', issued(api.url));
  expect((await ask({ cloud: 'c' }, { cloudsFiles: [clouds], secureFiles: [secure] })).code).toBe(0);
  expect(api.asked[0]?.body).toMatchObject({
    auth: { identity: { password: { user: { id: 'u', password: 's3cret' } } } },
  });
});

test.each([
  ['nobody to ask as', {}],
  ['auth_url is not set: OS_AUTH_URL', { auth_type: 'password' }],
  ['password is not set: OS_PASSWORD', { auth_url: 'http://127.0.0.1:9', username: 'ann' }],
  ["auth_type 'v3kerberos' is not known here", { auth_type: 'v3kerberos' }],
  ['no clouds.yaml for the cloud', { cloud: 'c' }],
  ["auth_url 'nowhere' is no http URL", { auth_url: 'nowhere', user_id: 'u', password: 'x' }],
  ['cannot be read', { auth_url: 'http://127.0.0.1:9', cacert: '/nowhere/ca.pem' }],
])('%s: wrong usage', async (message, openstack) => {
  expect(await ask(openstack)).toMatchObject({ code: 2, complaint: expect.stringContaining(message) });
});

test('a file that is no YAML is told with its line, and no secret of it', async () => {
  const file = join(directory.path, 'clouds.yaml');
  await writeFile(file, 'clouds:\n  c:\n    auth: {password: s3cret}\n');
  const { code, complaint } = await ask({ cloud: 'c' }, { cloudsFiles: [file] });
  expect([code, complaint]).toEqual([2, expect.stringMatching(/clouds\.yaml: line 3: (?!.*s3cret)/)]);
});

test('a cloud that the file does not have is told with those that it has', async () => {
  const file = join(directory.path, 'clouds.yaml');
  await writeFile(file, 'clouds:\n  one: {}\n  two: {}\n');
  const { code, complaint } = await ask({ cloud: 'c' }, { cloudsFiles: [file] });
  expect([code, complaint]).toEqual([2, expect.stringContaining("no cloud 'c'; it has one, two")]);
});

test('credentials that Keystone refuses are a refusal, and a Keystone that is away is away', async () => {
  api.given('POST /v3/auth/tokens', { status: 401, body: { error: { message: 'no' } } });
  const refused = await ask(password());
  expect([refused.code, refused.complaint]).toEqual([4, expect.stringMatching(/refuses the credentials(?!.*s3cret)/)]);
  expect((await ask({ ...password(), auth_url: 'http://127.0.0.1:9' })).code).toBe(5);
});

test('a region without the service is told', async () => {
  api.given('POST /v3/auth/tokens', issued(api.url));
  const { code, complaint } = await ask({ ...password(), region_name: 'three' });
  expect([code, complaint]).toEqual([2, expect.stringContaining('in the region three')]);
});
