import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type Glance, startGlance } from './glance';
import { type Keystone, startKeystone } from './keystone';
import { type Cloud, furnish } from './cloud';

jest.setTimeout(300_000);

let directory: TemporaryDirectory;
let keystone: Keystone;
let cloud: Cloud;
let glance: Glance;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-glance-keystone-');
  keystone = await startKeystone({ directory: `${directory.path}/keystone` });
  cloud = await furnish(keystone);
  glance = await startGlance({
    directory: `${directory.path}/glance`,
    access: { authUrl: keystone.authUrl, serviceUser: cloud.users.glance },
    operator: cloud.users.admin,
  });
});

afterAll(async () => {
  await glance?.stop();
  await keystone?.stop();
  await directory?.remove();
});

async function statusFor(credentials: Parameters<Keystone['issueToken']>[0], id: string): Promise<number> {
  const { token } = await keystone.issueToken(credentials);
  return (await fetch(`${glance.url}/v2/images/${id}`, { headers: { 'x-auth-token': token } })).status;
}

test('a private image is shown to its project and to administrators, whatever they signed in with, and hidden from others', async () => {
  const { users, projects } = cloud;
  const properties = { owner: projects.demo.id };
  const { id } = await glance.images.create({ name: 'private', diskFormat: 'raw', visibility: 'private', properties });
  expect(await statusFor(users.member, id)).toBe(200);
  expect(await statusFor(users.reader, id)).toBe(200);
  expect(await statusFor(users.admin, id)).toBe(200);
  expect(await statusFor(cloud.blockStorage, id)).toBe(200);
  expect(await statusFor(users.stranger, id)).toBe(404);
});

test('who has no token, or a token of nobody, is refused', async () => {
  expect((await fetch(`${glance.url}/v2/images`)).status).toBe(401);
  expect((await fetch(`${glance.url}/v2/images`, { headers: { 'x-auth-token': 'nobody' } })).status).toBe(401);
});
