import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { propertiesOfVolume } from './create-image';
import { GlanceImageRecords } from './create-image.glance';
import { ImageUploadError } from './upload';

const id = '611bf759-0bbe-496a-ad2b-4681e3047c8e';
const record = {
  id,
  name: 'uploaded1',
  disk_format: 'raw',
  container_format: 'bare',
  visibility: 'private',
  protected: false,
  owner: 'demo',
  status: 'queued',
  size: null,
};
const asked = {
  name: 'uploaded1',
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'private',
  protected: false,
  properties: { hw_disk_bus: 'scsi' },
};
const created = { ...asked, id, owner: 'demo' };

type Answer = (response: ServerResponse) => void;
const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const page =
  (status: number, text: string): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/html' }).end(text);

let heard: { readonly request: IncomingMessage; readonly body: string }[];
let answers: Answer[];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (piece: Buffer) => (body += piece.toString()));
  request.on('end', () => {
    heard.push({ request, body });
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  });
});
let records: GlanceImageRecords;

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
beforeEach(() => {
  heard = [];
  answers = [json(201, record)];
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`;
  records = new GlanceImageRecords({ endpoints: [endpoint], answerTimeoutMs: 500 });
});
afterEach(() => records.close());
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function problemOf(work: Promise<unknown>): Promise<ImageUploadError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof ImageUploadError)) throw new Error('no ImageUploadError was thrown', { cause: error });
  return error;
}

test("a record is asked for with the caller's token, and told as the service has it", async () => {
  answers = [json(201, { ...record, visibility: 'shared' })];
  expect(await records.create(asked, { token: 'the-token' })).toEqual({
    id,
    name: 'uploaded1',
    diskFormat: 'raw',
    containerFormat: 'bare',
    visibility: 'shared',
    protected: false,
    owner: 'demo',
  });
  const [{ request, body }] = heard as [(typeof heard)[number]];
  expect([request.method, request.url, request.headers['x-auth-token']]).toEqual(['POST', '/v2/images', 'the-token']);
  expect(request.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  expect(JSON.parse(body)).toEqual({
    hw_disk_bus: 'scsi',
    name: 'uploaded1',
    disk_format: 'raw',
    container_format: 'bare',
    visibility: 'private',
    protected: false,
  });
});

test('what is not said is left to the service', async () => {
  await records.create({ ...asked, visibility: undefined, protected: undefined }, {});
  const sent: unknown = JSON.parse(heard[0]!.body);
  expect(sent).not.toHaveProperty('visibility');
  expect(sent).not.toHaveProperty('protected');
});

test.each([
  [400, 'refused'],
  [403, 'forbidden'],
  [409, 'refused'],
  [413, 'refused'],
  [500, 'away'],
  [503, 'away'],
])('%i is %s, with what the service says and without its page', async (status, problem) => {
  const html = `<html><head><title>No</title></head><body><h1>No</h1>You are not authorized\n to do that.<br /></body></html>`;
  answers = [page(status, html)];
  const error = await problemOf(records.create(asked, { token: 'the-token' }));
  expect([error.problem, error.message]).toEqual([problem, 'No You are not authorized to do that.']);
  expect(heard).toHaveLength(1);
});

test('what is said in JSON is told without it', async () => {
  answers = [json(400, { message: 'Malformed JSON in request body. \n\n\n', code: '400 Bad Request' })];
  expect((await problemOf(records.create(asked, {}))).message).toBe('Malformed JSON in request body.');
});

test.each([
  ['no JSON', page(201, '<html>')],
  ['no record', json(201, { id: 'x' })],
])('%s is nonsense', async (_, answer) => {
  answers = [answer];
  expect((await problemOf(records.create(asked, {}))).problem).toBe('nonsense');
});

test('a service that does not answer is away, and its token stays a secret', async () => {
  answers = [() => undefined];
  const error = await problemOf(records.create(asked, { token: 'the-token' }));
  expect(error.problem).toBe('away');
  expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('the-token');
});

test('a record is taken back; that it is gone is as good', async () => {
  answers = [(response) => void response.writeHead(204).end(), page(404, 'gone')];
  await records.remove(created, { token: 'the-token' });
  await records.remove(created, { token: 'the-token' });
  expect(heard.map(({ request }) => `${request.method} ${request.url}`)).toEqual(
    Array(2).fill(`DELETE /v2/images/${id}`),
  );
});

test('one that is protected is so no longer before it goes', async () => {
  answers = [json(200, record), (response) => void response.writeHead(204).end()];
  await records.remove({ ...created, protected: true }, {});
  expect(heard.map(({ request }) => request.method)).toEqual(['PATCH', 'DELETE']);
  expect(JSON.parse(heard[0]!.body)).toEqual([{ op: 'replace', path: '/protected', value: false }]);
});

test('properties come from what says how to use the volume, not from what it was made of', () => {
  const metadata = {
    hw_disk_bus: 'scsi',
    image_id: id,
    size: '1',
    owner: 'x',
    signature_verified: 'True',
    os_glance_x: 'y',
  };
  expect(propertiesOfVolume({ ...metadata, img_signature: 'z', os_distro: 'debian' })).toEqual({
    hw_disk_bus: 'scsi',
    os_distro: 'debian',
  });
});
