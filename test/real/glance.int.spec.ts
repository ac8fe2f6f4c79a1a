import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { configureGlance } from './glance.config';
import { runGlance } from './glance.process';
import { GlanceRefusal, identityHeaders, operatorProjectId, startGlance, type Glance } from './glance';

const run = promisify(execFile);
const unknownId = '00000000-0000-4000-8000-000000000000';
const mib = 1 << 20;
const patterned = (sizeBytes: number) => Buffer.alloc(sizeBytes, 'a pattern of 23 letters');
const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

let directory: string;
let glance: Glance;

/** The first start installs the packages where they are missing, which takes about a minute. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hearth-glance-'));
  glance = await startGlance({ directory: join(directory, 'open') });
}, 600_000);

afterAll(async () => {
  await glance?.stop();
  await rm(directory, { recursive: true, force: true });
}, 30_000);

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${glance.url}${path}`, { headers });

async function names(query: string): Promise<string[]> {
  const response = await get(`/v2/images${query}`);
  const { images } = (await response.json()) as { images: { name: string }[] };
  return images.map(({ name }) => name);
}

async function refusal(asked: Promise<unknown>): Promise<GlanceRefusal> {
  const error: unknown = await asked.then(
    () => new Error('Glance did not refuse'),
    (cause: unknown) => cause,
  );
  if (!(error instanceof GlanceRefusal)) throw error;
  return error;
}

describe('an image', () => {
  test('in raw form comes back byte for byte, with its hashes, its size and its properties', async () => {
    const bytes = patterned(3 * mib);
    const image = await glance.images.create({
      name: 'raw disk',
      diskFormat: 'raw',
      minDiskGib: 2,
      properties: { os_distro: 'debian' },
      data: { bytes },
    });
    expect(image).toMatchObject({
      status: 'active',
      visibility: 'public',
      owner: null,
      size: bytes.length,
      virtual_size: bytes.length,
      min_disk: 2,
      os_distro: 'debian',
      checksum: digest('md5', bytes),
      os_hash_algo: 'sha512',
      os_hash_value: digest('sha512', bytes),
    });
    const file = await get(`/v2/images/${image.id}/file`);
    expect(file.headers.get('content-md5')).toBe(image.checksum);
    expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('in qcow2 form reports the size of the disk inside as virtual_size', async () => {
    const file = join(directory, 'disk.qcow2');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', file, '64M']);
    await run('qemu-io', ['-c', 'write -q -P 7 0 1M', '-f', 'qcow2', file]);
    const image = await glance.images.create({ name: 'qcow2 disk', diskFormat: 'qcow2', data: { file } });
    const bytes = await readFile(file);
    expect(image).toMatchObject({
      status: 'active',
      disk_format: 'qcow2',
      size: bytes.length,
      virtual_size: 64 * mib,
      os_hash_value: digest('sha512', bytes),
    });
  });

  test('that is no qcow2 although it says so becomes active, without a virtual size', async () => {
    const image = await glance.images.create({ name: 'liar', diskFormat: 'qcow2', data: { bytes: patterned(mib) } });
    expect(image).toMatchObject({ status: 'active', disk_format: 'qcow2', virtual_size: null });
  });

  test('keeps its bytes and hashes when its name changes', async () => {
    const before = await glance.images.create({ name: 'old', diskFormat: 'raw', data: { bytes: patterned(mib) } });
    const after = await glance.images.patch(before.id, [{ op: 'replace', path: '/name', value: 'new' }]);
    expect(after).toMatchObject({ name: 'new', os_hash_value: before.os_hash_value, status: 'active' });
  });

  test('takes no second set of bytes', async () => {
    const { id } = await glance.images.create({ name: 'once', diskFormat: 'raw', data: { bytes: patterned(mib) } });
    const { status } = await refusal(glance.images.upload(id, { bytes: patterned(mib) }));
    expect(status).toBe(409);
  });

  test('is not found after its deletion, nor deleted twice', async () => {
    const { id } = await glance.images.create({
      name: 'short-lived',
      diskFormat: 'raw',
      data: { bytes: patterned(mib) },
    });
    await glance.images.delete(id);
    expect((await refusal(glance.images.show(id))).status).toBe(404);
    expect((await refusal(glance.images.delete(id))).status).toBe(404);
  });

  test('without bytes is queued, has no hashes, and its download is an empty 204', async () => {
    const image = await glance.images.create({ name: 'queued', diskFormat: 'raw' });
    expect(image).toMatchObject({
      status: 'queued',
      size: null,
      checksum: null,
      os_hash_algo: null,
      os_hash_value: null,
    });
    expect((await get(`/v2/images/${image.id}/file`)).status).toBe(204);
    expect((await refusal(glance.images.deactivate(image.id))).status).toBe(403);
  });
});

describe('a download', () => {
  const bytes = patterned(mib);
  let path: string;
  beforeAll(async () => {
    const { id } = await glance.images.create({ name: 'ranged', diskFormat: 'raw', data: { bytes } });
    path = `/v2/images/${id}/file`;
  });

  // Debian's uwsgi settings take Content-Length out of every answer and close the connection after it: the end of the
  // bytes is the end of the connection, so only the hash (or the record's size) tells a whole download from a cut one.
  test('announces no length and is not kept alive', async () => {
    const response = await get(path);
    await response.arrayBuffer();
    expect(response.headers.get('content-length')).toBeNull();
    expect(response.headers.get('connection')).toBe('close');
  });

  test.each([
    ['bytes=0-9', 0, 10],
    ['bytes=1048570-', mib - 6, mib],
    ['bytes=-5', mib - 5, mib],
  ])('of %s is exactly these bytes', async (range, from, to) => {
    const response = await get(path, { range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${mib}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(from, to))).toBe(true);
  });

  // The Content-MD5 of a part is that of the whole image: it must not be used to check a part.
  test('of a part bears the checksum of the whole', async () => {
    const response = await get(path, { range: 'bytes=0-9' });
    await response.arrayBuffer();
    expect(response.headers.get('content-md5')).toBe(digest('md5', bytes));
  });

  test.each([
    ['bytes=1048576-', 416],
    ['bytes=5-2', 416],
    ['junk', 416],
    ['bytes=0-1,4-5', 400],
  ])('of %s is refused with %i', async (range, status) => {
    expect((await get(path, { range })).status).toBe(status);
  });
});

describe('an id that names no image', () => {
  test.each([unknownId, 'not-a-uuid', 'two%20words'])('%s is a 404 with an HTML body', async (id) => {
    for (const path of [`/v2/images/${id}`, `/v2/images/${id}/file`]) {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
      expect(response.headers.get('x-openstack-request-id')).toMatch(/^req-/);
      expect(await response.text()).toContain(`No image found with ID ${decodeURIComponent(id)}`);
    }
  });
});

describe('the list', () => {
  beforeAll(async () => {
    await glance.images.create({
      name: 'listed one',
      diskFormat: 'raw',
      data: { bytes: patterned(mib) },
      properties: { family: 'x' },
    });
    await glance.images.create({ name: 'listed two', diskFormat: 'qcow2', properties: { family: 'x' } });
  });

  test('filters by name, status, property, and by several values at once', async () => {
    expect(await names('?name=listed%20one')).toEqual(['listed one']);
    expect((await names('?name=in:%22listed%20one%22,%22listed%20two%22')).sort()).toEqual([
      'listed one',
      'listed two',
    ]);
    expect(await names('?family=x&status=queued')).toEqual(['listed two']);
    expect(await names('?family=x&disk_format=raw')).toEqual(['listed one']);
  });

  test('is empty, not refused, for an unknown status or an unknown key', async () => {
    expect(await names('?status=nosuch')).toEqual([]);
    expect(await names('?nosuch=1')).toEqual([]);
    expect(await names('?limit=0')).toEqual([]);
  });

  test.each(['?visibility=nosuch', '?limit=-1', '?limit=x', '?marker=nosuch', '?sort=nosuch'])(
    '%s is a 400',
    async (query) => {
      expect((await get(`/v2/images${query}`)).status).toBe(400);
    },
  );

  test('hands out pages with a link to the next, and sorts by name if asked', async () => {
    const page = (await (await get('/v2/images?family=x&limit=1')).json()) as {
      next: string;
      images: { id: string }[];
    };
    expect(page.next).toBe(`/v2/images?family=x&limit=1&marker=${page.images[0]?.id}`);
    expect((await names('?family=x&sort=name:asc&limit=1'))[0]).toBe('listed one');
  });
});

test('GET / is a 300 with the versions, /versions the same as a 200, and HEAD of an image a 405', async () => {
  expect((await get('/')).status).toBe(300);
  expect((await get('/versions')).status).toBe(200);
  expect((await fetch(`${glance.url}/v2/images/${unknownId}`, { method: 'HEAD' })).status).toBe(405);
});

describe('a Glance that knows who asks', () => {
  let guarded: Glance;
  const home = () => join(directory, 'guarded');
  const ask = (path: string, projectId: string, role: 'member' | 'admin' = 'member') =>
    fetch(`${guarded.url}${path}`, { headers: identityHeaders({ projectId, role }) });

  beforeAll(async () => {
    guarded = await startGlance({ directory: home(), access: 'identity-headers' });
  }, 120_000);
  afterAll(() => guarded?.stop());

  test('shows a private image to its owner and to administrators, and hides its existence from others', async () => {
    const { id, owner } = await guarded.images.create({
      name: 'private',
      diskFormat: 'raw',
      visibility: 'private',
      data: { bytes: patterned(mib) },
    });
    expect(owner).toBe(operatorProjectId);
    for (const path of [`/v2/images/${id}`, `/v2/images/${id}/file`]) {
      expect((await ask(path, operatorProjectId)).status).toBe(200);
      expect((await ask(path, 'stranger', 'admin')).status).toBe(200);
      expect((await ask(path, 'stranger')).status).toBe(404);
    }
  });

  test('refuses the bytes of a deactivated image to members, not to administrators, and still shows it', async () => {
    const { id } = await guarded.images.create({
      name: 'suspended',
      diskFormat: 'raw',
      data: { bytes: patterned(mib) },
    });
    await guarded.images.deactivate(id);
    expect((await ask(`/v2/images/${id}`, 'stranger')).status).toBe(200);
    expect((await ask(`/v2/images/${id}/file`, 'stranger')).status).toBe(403);
    expect((await ask(`/v2/images/${id}/file`, 'stranger', 'admin')).status).toBe(200);
    await guarded.images.reactivate(id);
    expect((await ask(`/v2/images/${id}/file`, 'stranger')).status).toBe(200);
  });

  test('answers 401 to somebody without an identity', async () => {
    expect((await fetch(`${guarded.url}/v2/images`)).status).toBe(401);
  });

  test('finds its images again after a restart over the same folder', async () => {
    const { id } = await guarded.images.create({ name: 'kept', diskFormat: 'raw', data: { bytes: patterned(mib) } });
    await guarded.stop();
    await expect(fetch(guarded.url)).rejects.toThrow();
    guarded = await startGlance({ directory: home(), access: 'identity-headers' });
    expect(await guarded.images.show(id)).toMatchObject({ name: 'kept', status: 'active' });
  }, 60_000);
});

describe('a Glance that cannot start says why', () => {
  test('with the words of glance-manage when its database is broken', async () => {
    const broken = join(directory, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'glance.sqlite'), 'this is no database');
    await expect(startGlance({ directory: broken })).rejects.toThrow(/db_sync failed.*file is not a database/s);
  }, 60_000);

  test('with the last lines of its log when the application does not load', async () => {
    const broken = await configureGlance(join(directory, 'no-pipeline'), 'open');
    await writeFile(join(broken.config, 'glance-api-paste.ini'), '');
    await expect(runGlance(broken)).rejects.toThrow(
      /Unhandled error: RuntimeError: Unable to load glance-api.*glance-api did not start/s,
    );
  }, 60_000);
});
