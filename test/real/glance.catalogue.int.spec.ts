import { GlanceImageCatalogue, GlanceImageService, type ListedImage } from '@hearth/openstack-clients';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Glance, identityHeaders, startGlance } from './glance';

let directory: TemporaryDirectory;
let glance: Glance;
/** Stands for the Keystone middleware: says who asks. */
let middleware: Server;
let role: 'member' | 'admin';
let asked: string[];
let service: GlanceImageService;
let catalogue: GlanceImageCatalogue;

/** The first start installs the packages where they are missing, which takes about a minute. */
beforeAll(async () => {
  directory = await temporaryDirectory('hearth-glance-catalogue-');
  glance = await startGlance({ directory: join(directory.path, 'glance'), access: 'identity-headers' });
  middleware = createServer((request, response) => {
    asked.push(request.url ?? '');
    fetch(`${glance.url}${request.url}`, { headers: identityHeaders({ projectId: 'service', role }) })
      .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void middleware.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(middleware.address() as AddressInfo).port}`;
  service = new GlanceImageService({ endpoints: [url], retriesMax: 0 });
  catalogue = new GlanceImageCatalogue(service);
}, 600_000);

afterAll(async () => {
  await service?.close();
  middleware?.close();
  await glance?.stop();
  await directory?.remove();
}, 30_000);

beforeEach(() => {
  role = 'admin';
  asked = [];
});

const bytes = Buffer.from('the bytes of an image');
const make = (name: string, properties: Record<string, string> = {}, visibility: 'public' | 'private' = 'public') =>
  glance.images.create({ name, diskFormat: 'raw', visibility, properties, data: { bytes } });

test('many images are looked at in one request: active, deactivated, private; what is hidden or gone costs one more each', async () => {
  const active = await make('active');
  const off = await make('off');
  await glance.images.deactivate(off.id);
  const secret = await make('private', {}, 'private');
  const hidden = await make('hidden');
  await glance.images.patch(hidden.id, [{ op: 'replace', path: '/os_hidden', value: true }]);
  const gone = await make('gone');
  await glance.images.delete(gone.id);
  const looks = await catalogue.look([active, off, secret, hidden, gone].map(({ id }) => id));
  const status = (id: string) => {
    const look = looks.get(id);
    return typeof look === 'string' ? look : look?.status;
  };
  expect([active, off, secret, hidden, gone].map(({ id }) => status(id))).toEqual([
    ...['active', 'deactivated', 'active', 'active', 'absent'],
  ]);
  expect(asked).toHaveLength(3);
  expect(looks.get(active.id)).toMatchObject({ identity: { osHashValue: active.os_hash_value } });
});

test('an image that the caller may not see is absent, as if it were deleted', async () => {
  const secret = await make('secret', {}, 'private');
  role = 'member';
  expect((await catalogue.look([secret.id])).get(secret.id)).toBe('absent');
});

test('as many images as may be asked after at once are shown in one answer', async () => {
  const ids: string[] = [];
  for (let number = 0; number < 30; number += 1) {
    const { id } = await glance.images.create({ name: 'one of many', diskFormat: 'raw' });
    ids.push(id);
  }
  expect((await catalogue.look(ids)).size).toBe(30);
  expect(asked).toHaveLength(1);
});

test('a list is of active images with that name and those properties, the newest first', async () => {
  const first = await make('distro', { os_distro: 'debian', os_version: 'gte:12' });
  await make('distro', { os_distro: 'ubuntu', os_version: 'gte:12' });
  // Glance counts in seconds, and orders images of one by their ids.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const second = await make('distro', { os_distro: 'debian', os_version: 'gte:12' });
  await glance.images.create({ name: 'distro', diskFormat: 'raw', properties: { os_distro: 'debian' } });
  const found: ListedImage[] = [];
  const filter = { name: 'distro', properties: { os_distro: 'debian', os_version: 'gte:12' } };
  for await (const image of catalogue.list(filter)) found.push(image);
  expect(found.map(({ identity }) => identity.id)).toEqual([second.id, first.id]);
  expect(found[0]?.createdAt).toBe(second.created_at);
});

test('a list of several pages is read to its end', async () => {
  for (let number = 0; number < 101; number += 1) await make('paged', { family: 'x' });
  const ids = new Set<string>();
  for await (const { identity } of catalogue.list({ properties: { family: 'x' } })) ids.add(identity.id);
  expect(ids.size).toBe(101);
  expect(asked).toHaveLength(2);
}, 60_000);
