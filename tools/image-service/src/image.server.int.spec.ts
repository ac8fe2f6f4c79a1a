import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type ImageService, type ImageServiceOptions, startImageService } from './image.server';

let directory: TemporaryDirectory;
let service: ImageService;
let lines: string[];
const bytes = randomBytes(3 * 1024 * 1024 + 17);

beforeEach(async () => {
  directory = await temporaryDirectory('hearth-images-');
  lines = [];
  await put('disk.raw', bytes);
  await start();
});

afterEach(async () => {
  await service.stop();
  await directory.remove();
});

async function start(patch: Partial<ImageServiceOptions> = {}): Promise<void> {
  service = await startImageService({
    directory: directory.path,
    host: '127.0.0.1',
    port: 0,
    log: (line) => lines.push(line),
    ...patch,
  });
}

async function put(name: string, content: Buffer | string): Promise<void> {
  await writeFile(join(directory.path, `.${name}`), content);
  await rename(join(directory.path, `.${name}`), join(directory.path, name));
}

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(service.url + path, { headers, method });

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly [key: string]: unknown;
}

async function list(query = '', token?: string): Promise<Listed[]> {
  const answer = await get(`/v2/images?${query}`, token ? { 'X-Auth-Token': token } : {});
  return ((await answer.json()) as { images: Listed[] }).images;
}

const active = (name: string): Promise<Listed> =>
  eventually(async () => (await list(`name=${name}&status=active`))[0], { what: `image ${name} becoming active` });

const hexOf = (algorithm: string, content: Buffer): string => createHash(algorithm).update(content).digest('hex');

test('an image is listed and shown with the hashes of its bytes, and downloads whole', async () => {
  const image = await active('disk');
  expect(image).toMatchObject({
    size: bytes.length,
    virtual_size: bytes.length,
    disk_format: 'raw',
    container_format: 'bare',
    checksum: hexOf('md5', bytes),
    os_hash_algo: 'sha512',
    os_hash_value: hexOf('sha512', bytes),
  });
  expect(await (await get(`/v2/images/${image.id}`)).json()).toEqual(image);
  const download = await get(`/v2/images/${image.id}/file`);
  expect(download.status).toBe(200);
  expect(download.headers.get('content-length')).toBe(String(bytes.length));
  expect(download.headers.get('content-md5')).toBe(image.checksum);
  expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
});

test('a range is answered with its bytes, one outside with 416, and HEAD without bytes', async () => {
  const { id } = await active('disk');
  const part = await get(`/v2/images/${id}/file`, { Range: 'bytes=1048570-2097160' });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 1048570-2097160/${bytes.length}`);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1048570, 2097161))).toBe(true);
  const outside = await get(`/v2/images/${id}/file`, { Range: `bytes=${bytes.length}-` });
  expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
  const head = await get(`/v2/images/${id}/file`, {}, 'HEAD');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
});

test('discovery answers as Glance does', async () => {
  const root = await get('/');
  const body = (await root.json()) as { versions: unknown[] };
  expect(root.status).toBe(300);
  expect(body.versions[0]).toEqual({
    id: 'v2.15',
    status: 'CURRENT',
    links: [{ rel: 'self', href: `${service.url}/v2/` }],
  });
  expect((await get('/versions')).status).toBe(200);
  expect(await (await get('/healthcheck')).text()).toBe('OK');
});

test('what is unknown is 404 in Glance’s words, and writing is 405', async () => {
  const unknown = await get('/v2/images/00000000-0000-0000-0000-00000000dead', {
    'X-OpenStack-Request-ID': 'req-8fa72835-ce31-40b5-af17-e1d80941ada1',
  });
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('content-type')).toBe('text/html; charset=UTF-8');
  expect(unknown.headers.get('x-openstack-request-id')).toBe('req-8fa72835-ce31-40b5-af17-e1d80941ada1');
  expect(await unknown.text()).toBe(
    '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n' +
      '  No image found with ID 00000000-0000-0000-0000-00000000dead<br /><br />\n\n\n\n </body>\n</html>',
  );
  expect((await get('/v2/images/%3Cscript%3E')).status).toBe(404);
  const written = await get('/v2/images', {}, 'POST');
  expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test.each([
  '/v2/images/../../etc/passwd',
  '/v2/images/..%2f..%2fetc%2fpasswd/file',
  '/../../etc/passwd',
  '//etc/passwd',
  '/v2/images/disk.raw/file',
])('the path %s leads nowhere', async (path) => {
  await active('disk');
  // Not fetch: it would tidy the path up before it sends it.
  const status = await new Promise((resolve, reject) =>
    request({ host: '127.0.0.1', port: service.port, path }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end(),
  );
  expect(status).toBe(404);
});

test('a file that appears is served without a restart, one that goes is gone, a changed one has new hashes', async () => {
  await active('disk');
  await put('later.img', 'later');
  expect(await active('later')).toMatchObject({ size: 5, checksum: hexOf('md5', Buffer.from('later')) });
  const { id } = await active('later');
  await put('later.img', 'changed');
  const changed = await eventually(async () => (await list('name=later&size_min=7&status=active'))[0]);
  expect(changed).toMatchObject({ id, checksum: hexOf('md5', Buffer.from('changed')) });
  await rm(join(directory.path, 'later.img'));
  expect((await get(`/v2/images/${id}`)).status).toBe(404);
});

test('every file becomes active, however often the directory is looked at while files are hashed', async () => {
  const looks: Promise<unknown>[] = [];
  for (let file = 0; file < 30; file += 1) {
    await put(`file-${file}.raw`, String(file));
    looks.push(list());
  }
  await eventually(async () => (looks.push(list()), (await list('status=active&limit=1000')).length === 31), {
    timeoutMs: 25_000,
  });
  await Promise.all(looks);
}, 30_000);

test('hashes are kept: after a restart they are there at once and nothing is hashed', async () => {
  await active('disk');
  await service.stop();
  const index = await readFile(join(directory.path, '.hearth-images.json'), 'utf8');
  lines = [];
  await start();
  expect(await list('status=active')).toHaveLength(1);
  expect(lines).toEqual([]);
  expect(await readFile(join(directory.path, '.hearth-images.json'), 'utf8')).toBe(index);
});

test('a broken index of hashes costs hashing, nothing else', async () => {
  await active('disk');
  await service.stop();
  await writeFile(join(directory.path, '.hearth-images.json'), '{"version": 1, "files": {"disk.raw"');
  await start();
  expect((await active('disk')).checksum).toBe(hexOf('md5', bytes));
});

test('a private image is for its owner and for administrators', async () => {
  await put(
    'secret.raw.json',
    '{"visibility": "private", "owner": "alpha", "id": "b5a5cbf0-7a2d-4c8e-9a52-0d2f1a1e0001"}',
  );
  await put('secret.raw', 'secret');
  await active('secret');
  const status = async (token: string, part = '') =>
    (await get(`/v2/images/b5a5cbf0-7a2d-4c8e-9a52-0d2f1a1e0001${part}`, { 'X-Auth-Token': token })).status;
  expect(await status('alpha:alice:member')).toBe(200);
  expect(await status('alpha:alice:member', '/file')).toBe(200);
  expect(await status('beta:bob:member')).toBe(404);
  expect(await status('beta:bob:member', '/file')).toBe(404);
  expect(await status('ops:root:member,admin', '/file')).toBe(200);
  expect(await status('no development token')).toBe(401);
  expect((await list('', 'beta:bob:member')).map(({ name }) => name)).toEqual(['disk']);
});

test('a deactivated image is shown but not downloaded; one without data answers 204', async () => {
  await put('off.raw.json', '{"status": "deactivated"}');
  await put('off.raw', 'off');
  await put('queued.raw.json', '{"status": "queued"}');
  await put('queued.raw', '');
  const off = await eventually(async () => (await list('status=deactivated&size_min=1'))[0]);
  const download = await get(`/v2/images/${off.id}/file`, { 'X-Auth-Token': 'demo:alice:member' });
  expect(download.status).toBe(403);
  expect(await download.text()).toContain(
    'The requested image has been deactivated. Image data download is forbidden.',
  );
  const [queued] = await list('status=queued');
  expect(queued).toMatchObject({ size: null, checksum: null });
  expect((await get(`/v2/images/${queued!.id}/file`)).status).toBe(204);
});

test('a wrong description hides the image and is named once in the log; mended, the image is back', async () => {
  await put('disk.raw.json', '{"visibility": "secret"}');
  expect(await list()).toEqual([]);
  expect(await list()).toEqual([]);
  expect(lines.filter((line) => line.includes('visibility'))).toHaveLength(1);
  await put('disk.raw.json', '{"min_disk": 2}');
  expect(await active('disk')).toMatchObject({ min_disk: 2 });
});

test('formats come from the bytes, unless the name says one', async () => {
  const qcow2 = Buffer.alloc(65_536 * 4);
  qcow2.write('QFI\xfb', 'latin1');
  qcow2.writeUInt32BE(3, 4);
  qcow2.writeUInt32BE(16, 20);
  qcow2.writeBigUInt64BE(512n * 1024n * 1024n, 24);
  qcow2.writeUInt32BE(1, 36);
  qcow2.writeBigUInt64BE(65_536n, 40);
  qcow2.writeBigUInt64BE(131_072n, 48);
  qcow2.writeUInt32BE(1, 56);
  qcow2.writeUInt32BE(4, 96);
  qcow2.writeUInt32BE(104, 100);
  await put('cirros.img', qcow2);
  await put('liar.raw', qcow2);
  await put('bogus.qcow2', 'these bytes are no qcow2');
  expect(await active('cirros')).toMatchObject({ disk_format: 'qcow2', virtual_size: 512 * 1024 * 1024 });
  expect(await active('liar')).toMatchObject({ disk_format: 'raw', virtual_size: qcow2.length });
  expect(await active('bogus')).toMatchObject({ disk_format: 'qcow2', virtual_size: null });
});

test('a file that is packed is a compressed image of what its name says', async () => {
  const packed = gzipSync(bytes);
  await put('debian.qcow2.gz', packed);
  await put('disk-2.gz', packed);
  const compressed = { container_format: 'compressed', size: packed.length, virtual_size: null };
  expect(await active('debian')).toMatchObject({ ...compressed, disk_format: 'qcow2' });
  const { id, ...image } = await active('disk-2');
  expect(image).toMatchObject({ ...compressed, disk_format: 'raw', checksum: hexOf('md5', packed) });
  const download = await get(`/v2/images/${id}/file`);
  expect(download.headers.get('content-encoding')).toBeNull();
  expect(Buffer.from(await download.arrayBuffer()).equals(packed)).toBe(true);
});

test('a throttle sends the bytes little by little, and changes none of them', async () => {
  await service.stop();
  await start({ throttleBytesPerSecond: 5_000 });
  const { id } = await active('disk');
  const { body } = await get(`/v2/images/${id}/file`);
  const reader = body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const { value } = await reader.read();
  expect(value!.length).toBeLessThan(5_000);
  await reader.cancel();
  await service.stop();
  await start({ throttleBytesPerSecond: 20_000_000 });
  const downloads = await Promise.all([get(`/v2/images/${id}/file`), get(`/v2/images/${id}/file`)]);
  for (const download of downloads) expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
});

test('hidden files, folders and unfinished downloads are no images; a link is what it points to', async () => {
  await put('debian.img.part', 'half');
  await symlink(directory.path, join(directory.path, 'folder'));
  await symlink(join(directory.path, 'disk.raw'), join(directory.path, 'alias.raw'));
  await active('alias');
  expect((await list('sort=name:asc')).map(({ name }) => name)).toEqual(['alias', 'disk']);
});

test('two files that claim one id are not both served', async () => {
  const id = 'b5a5cbf0-7a2d-4c8e-9a52-0d2f1a1e0002';
  await put('one.raw.json', JSON.stringify({ id }));
  await put('two.raw.json', JSON.stringify({ id }));
  await put('one.raw', '1');
  await put('two.raw', '2');
  await active('one');
  expect((await list(`id=${id}`)).map(({ name }) => name)).toEqual(['one']);
  expect(lines).toContain(`two.raw is not served: its id ${id} is another image's`);
});

test('a file that is overwritten in place is not served under its old hashes', async () => {
  const { id } = await active('disk');
  const other = randomBytes(bytes.length);
  await writeFile(join(directory.path, 'disk.raw'), other);
  await utimes(join(directory.path, 'disk.raw'), new Date(), new Date(Date.UTC(2026, 0, 1)));
  const early = await get(`/v2/images/${id}/file`);
  expect(early.status).toBe(204);
  const changed = await eventually(async () => (await list(`status=active&checksum=${hexOf('md5', other)}`))[0]);
  expect(Buffer.from(await (await get(`/v2/images/${changed.id}/file`)).arrayBuffer()).equals(other)).toBe(true);
});

test('a client that goes away in the middle disturbs nobody', async () => {
  const { id } = await active('disk');
  const abort = new AbortController();
  const cut = await fetch(`${service.url}/v2/images/${id}/file`, { signal: abort.signal });
  await cut.body!.getReader().read();
  abort.abort();
  const whole = await get(`/v2/images/${id}/file`);
  expect((await whole.arrayBuffer()).byteLength).toBe(bytes.length);
});
