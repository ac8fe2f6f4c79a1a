import { GlanceImageService, KeystoneClient } from '@hearth/openstack-clients';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats, throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { type ApiProcess, bundledApi, ready } from '../../apps/api/src/testing/api-process';
import { type Cloud, furnish, furnishCatalogue } from './cloud';
import { type Glance, startGlance } from './glance';
import { type Keystone, type KeystoneCredentials, startKeystone } from './keystone';

// The api as it is shipped, before a real Keystone and a real Glance that it finds in the catalogue; and a host's way to images.

jest.setTimeout(120_000);

let directory: TemporaryDirectory;
let keystone: Keystone;
let cloud: Cloud;
let glance: Glance;
let nats: ThrowAwayNats;
let postgres: ThrowAwayPostgres;
let bundle: Awaited<ReturnType<typeof bundledApi>>;
let api: ApiProcess;
let imageId: string;

const environment = (): Record<string, string> => ({
  HEARTH_NATS_URL: nats.url,
  HEARTH_DATABASE_URL: postgres.url,
  HEARTH_AUTH_MODE: 'keystone',
  HEARTH_KEYSTONE_URL: keystone.authUrl,
  HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_ID: cloud.blockStorage.applicationCredentialId,
  HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: cloud.blockStorage.applicationCredentialSecret,
  HEARTH_WWW_AUTHENTICATE_URI: 'https://keystone.example',
  // A busy machine is no Keystone that is away.
  HEARTH_KEYSTONE_TIMEOUT_MS: '30000',
  HEARTH_GLANCE_TIMEOUT_MS: '30000',
  HEARTH_LOG_TIMEOUT_MS: '30000',
});

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-api-keystone-');
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
  cloud = await furnish(keystone);
  [nats, postgres, bundle, glance] = await Promise.all([
    throwAwayNats(),
    throwAwayPostgres(),
    bundledApi(),
    startGlance({
      directory: `${directory.path}/glance`,
      access: { authUrl: keystone.authUrl, serviceUser: cloud.users.glance },
      operator: cloud.users.admin,
    }),
  ]);
  await furnishCatalogue(keystone, { image: glance.url, blockStorage: 'http://127.0.0.1:8776' });
  const properties = { owner: cloud.projects.demo.id };
  const data = { bytes: Buffer.alloc(65_536, 'x') };
  const image = await glance.images.create({
    name: 'mine',
    diskFormat: 'raw',
    visibility: 'private',
    properties,
    data,
  });
  imageId = image.id;
  api = await bundle.start(environment());
  await ready(api);
}, 300_000);

afterAll(async () => {
  await bundle?.remove();
  await Promise.all([nats?.stop(), postgres?.stop(), glance?.stop(), keystone?.stop()]);
  await directory?.remove();
});

const tokenOf = async (credentials: KeystoneCredentials) => (await keystone.issueToken(credentials)).token;

async function ask(token: string | undefined, path: string, body?: object) {
  const response = await fetch(`${api.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { 'x-auth-token': token }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as object };
}

const volumes = () => `/v3/${cloud.projects.demo.id}/volumes`;

test('who has a token of the project is let in, and whoever has none is told where to get it', async () => {
  expect((await ask(await tokenOf(cloud.users.reader), volumes())).status).toBe(200);
  expect((await ask(await tokenOf(cloud.users.stranger), volumes())).status).toBe(400);
  for (const token of [undefined, 'nonsense']) {
    const answer = await ask(token, volumes());
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Keystone uri="https://keystone.example"',
    ]);
  }
});

test('images are those that the caller may see, in the Glance of the catalogue', async () => {
  const volume = { size: 1, imageRef: imageId };
  expect((await ask(await tokenOf(cloud.users.member), volumes(), { volume })).status).toBe(202);
  const others = `/v3/${cloud.projects.other.id}/volumes`;
  const refused = await ask(await tokenOf(cloud.users.stranger), others, { volume });
  expect([refused.status, refused.body]).toEqual([
    400,
    { badRequest: { code: 400, message: 'Invalid image identifier or unable to access requested image.' } },
  ]);
});

test('a host reads a private image as the service user, by the catalogue, also once its token is revoked', async () => {
  const { applicationCredentialId: id, applicationCredentialSecret: secret } = cloud.blockStorage;
  const credentials = { kind: 'application-credential', id, secret } as const;
  const identity = new KeystoneClient({ url: keystone.url, credentials });
  const images = new GlanceImageService({
    endpoints: () => identity.endpoints('image'),
    token: (refused) => identity.token(refused),
  });
  try {
    expect((await images.show(imageId)).identity.name).toBe('mine');
    await keystone.admin.revokeToken(await identity.token());
    let bytes = 0;
    for await (const chunk of (await images.open(imageId)).chunks) bytes += chunk.length;
    expect(bytes).toBe(65_536);
  } finally {
    await Promise.all([images.close(), identity.close()]);
  }
});

test('while Keystone is away who is known goes on, others are told to come again, and no token is in the log', async () => {
  const [known, unknown] = [await tokenOf(cloud.users.member), await tokenOf(cloud.users.admin)];
  expect((await ask(known, volumes())).status).toBe(200);
  await keystone.kill();
  try {
    expect((await ask(known, volumes())).status).toBe(200);
    const answer = await ask(unknown, volumes());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  } finally {
    await keystone.restart();
  }
  expect((await ask(unknown, volumes())).status).toBe(200);
  const secrets = [known, unknown, cloud.blockStorage.applicationCredentialSecret];
  expect(secrets.filter((secret) => api.output().includes(secret))).toEqual([]);
});

test('with credentials that Keystone refuses it starts, says so in the log, and answers 503', async () => {
  const locked = await bundle.start({ ...environment(), HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: 'hush-hush' });
  await ready(locked);
  const headers = { 'x-auth-token': await tokenOf(cloud.users.member) };
  expect((await fetch(`${locked.url}${volumes()}`, { headers })).status).toBe(503);
  expect(locked.output()).toMatch(/"level":"warn".*answered 401.*Keystone gives no token to us/);
  expect(locked.output()).not.toContain('hush-hush');
  locked.child.kill('SIGTERM');
  expect(await locked.exit).toBe(0);
});

test.each<[string, Record<string, string>, RegExp]>([
  ['without its URL', { HEARTH_KEYSTONE_URL: '' }, /HEARTH_KEYSTONE_URL: is not set/],
  [
    'without credentials',
    { HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_ID: '', HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: '' },
    /HEARTH_KEYSTONE_APPLICATION_CREDENTIAL_ID: is not set/,
  ],
  [
    'with two kinds of credentials',
    { HEARTH_KEYSTONE_PASSWORD: 'hush' },
    /HEARTH_KEYSTONE_PASSWORD: (?!.*hush)is given/,
  ],
])('it does not start for Keystone %s', async (_, changes, words) => {
  const mute = await bundle.start({ ...environment(), ...changes });
  expect(await mute.exit).toBe(78);
  expect(mute.output()).toMatch(words);
});
