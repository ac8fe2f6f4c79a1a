import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeystoneError } from '../keystone/keystone-error';
import { BarbicanKeyStore } from './barbican.key-store';
import { KeyManagerError } from './key-manager';
import { FolderKeyStore } from './folder.key-store';
import { openKeyStore } from './open-key-store';

const id = '5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10';
const bytes = Buffer.from('a key that nobody may see, please');
const key = { name: 'volume-1', algorithm: 'aes', bytes };

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Answer = (response: ServerResponse) => void;
const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end();
const payload: Answer = (response) => void response.end(bytes);
const secret = { secret_type: 'symmetric', algorithm: 'aes', content_types: { default: 'application/octet-stream' } };

let asked: Asked[];
/** One for each request; the last one stays. */
let answers: Answer[];
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    const { method, url, headers } = request;
    asked.push({ method, url, headers, body });
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  });
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const stores: { close(): Promise<void> }[] = [];
function store(options: Partial<ConstructorParameters<typeof BarbicanKeyStore>[0]> = {}) {
  const made = new BarbicanKeyStore({
    ...{ endpoint: url(), retriesMax: 2, retryWaitMs: 1, token: async (refused) => (refused ? 'own-2' : 'own-1') },
    ...options,
  });
  stores.push(made);
  return made;
}

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => (asked = []));
afterEach(() => Promise.all(stores.splice(0).map((made) => made.close())));

async function errorOf(work: Promise<unknown>): Promise<KeyManagerError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KeyManagerError)) throw new Error('no KeyManagerError was thrown', { cause: error });
  const said = JSON.stringify([error.message, error.stack, String(error.cause)]);
  for (const text of [bytes.toString(), bytes.toString('base64'), 'own-1', 'the-users'])
    expect(said).not.toContain(text);
  return error;
}
const shown = () => asked.map(({ method, url: path }) => `${method} ${path}`);

describe('a key', () => {
  test('is stored as Castellan stores one, and its id is the last of the reference', async () => {
    answers = [json(201, { secret_ref: `http://elsewhere/v1/secrets/${id.toUpperCase()}` })];
    expect(await store().store(key)).toBe(id);
    expect(shown()).toEqual(['POST /v1/secrets']);
    expect(JSON.parse(asked[0]!.body)).toEqual({
      ...{ name: 'volume-1', algorithm: 'aes', bit_length: bytes.length * 8, secret_type: 'symmetric' },
      payload: bytes.toString('base64'),
      ...{ payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' },
    });
  });

  test('is read after it was seen that it is one', async () => {
    answers = [json(200, secret), payload];
    expect(await store().key(id)).toEqual({ algorithm: 'aes', bytes });
    expect(shown()).toEqual([`GET /v1/secrets/${id}`, `GET /v1/secrets/${id}/payload`]);
  });

  test.each(['certificate', 'private', 'passphrase', 'opaque'])('is no secret of the type %s', async (type) => {
    answers = [json(200, { ...secret, secret_type: type }), payload];
    expect((await errorOf(store().key(id))).problem).toBe('nonsense');
    expect(asked).toHaveLength(1);
  });

  test('is not asked for by an id that is none', async () => {
    for (const work of [store().key('../x'), store().remove('x')])
      expect((await errorOf(work)).problem).toBe('not-found');
    expect((await errorOf(store().allow('x', 'ann'))).problem).toBe('not-found');
    expect(asked).toEqual([]);
  });

  test('that is removed twice is removed', async () => {
    answers = [status(204), status(404)];
    await store().remove(id);
    await store().remove(id);
    expect(shown()).toEqual(Array(2).fill(`DELETE /v1/secrets/${id}`));
  });
});

describe('who is asked as', () => {
  test('is the service, which gets another token once where its own is not taken', async () => {
    answers = [status(401), status(204)];
    await store().remove(id);
    expect(asked.map(({ headers }) => headers['x-auth-token'])).toEqual(['own-1', 'own-2']);
  });

  test('is the user whose token is given, and nobody else in that one’s place', async () => {
    answers = [status(401)];
    expect((await errorOf(store().key(id, { token: 'the-users' }))).problem).toBe('forbidden');
    expect(asked.map(({ headers }) => headers['x-auth-token'])).toEqual(['the-users']);
  });
});

describe('what goes wrong', () => {
  test.each([
    [400, 'nonsense'],
    [403, 'forbidden'],
    [413, 'nonsense'],
    [500, 'away'],
    [503, 'away'],
  ])('while a key is stored is told after one question, for it may have been stored: %i', async (code, problem) => {
    answers = [status(code)];
    expect((await errorOf(store().store(key))).problem).toBe(problem);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['no reference', {}],
    ['no id', { secret_ref: 'http://x/v1/secrets/' }],
  ])('with an answer of %s is nonsense', async (_, body) => {
    answers = [json(201, body)];
    expect((await errorOf(store().store(key))).problem).toBe('nonsense');
  });

  test.each(['key', 'remove'] as const)('for a moment is asked again (%s)', async (method) => {
    answers = [status(503), status(500), status(503)];
    expect((await errorOf(store()[method](id))).problem).toBe('away');
    expect(asked).toHaveLength(3);
  });

  test('with a payload of nothing is nonsense', async () => {
    answers = [json(200, secret), (response) => void response.end()];
    expect((await errorOf(store().key(id))).problem).toBe('nonsense');
  });
});

describe('who is let in', () => {
  const acl = (...users: string[]) => json(200, { read: { users, 'project-access': true } });
  const done = json(200, { acl_ref: 'x' });
  const sent = () => asked.filter(({ method }) => method === 'PUT').map(({ body }) => JSON.parse(body) as unknown);

  test('comes beside the others', async () => {
    answers = [acl('bob'), done, acl('bob', 'ann')];
    await store().allow(id, 'ann');
    expect(sent()).toEqual([{ read: { users: ['bob', 'ann'], 'project-access': true } }]);
  });

  test('who is in already changes nothing', async () => {
    answers = [acl('ann', 'bob')];
    await store().allow(id, 'ann');
    expect(shown()).toEqual([`GET /v1/secrets/${id}/acl`]);
  });

  test('instead of the others is alone', async () => {
    answers = [acl('ann', 'bob'), done, acl('ann')];
    await store().allow(id, 'ann', { instead: true });
    expect(sent()).toEqual([{ read: { users: ['ann'], 'project-access': true } }]);
  });

  test('is let in again where another process has replaced the list, and told of it where that does not end', async () => {
    answers = [acl(), done, acl('bob'), done, acl('bob', 'ann')];
    await store().allow(id, 'ann');
    expect(sent()).toHaveLength(2);
    answers = [...Array.from({ length: 4 }, () => [acl('bob'), done]).flat(), acl('bob')];
    expect((await errorOf(store().allow(id, 'ann'))).problem).toBe('away');
  });
});

describe('by configuration', () => {
  const keystone = { token: async () => 'own-1', endpoints: async () => [url()] };

  let warned: unknown[];
  const log = { warn: (...line: unknown[]) => void warned.push(line) };
  beforeEach(() => {
    warned = [];
  });

  test('keys are nowhere, in a folder, at a URL, or where the catalogue says, the folder before the others', async () => {
    expect(openKeyStore({}, undefined, log)).toBeUndefined();
    const settings = { volumeKeysDirectory: '/nowhere', barbicanUrl: 'http://127.0.0.1:9' };
    expect(warned).toEqual([]);
    expect(openKeyStore(settings, keystone, log)).toBeInstanceOf(FolderKeyStore);
    expect(warned).toEqual([['keys of volumes are kept in a folder: for trying out only', { directory: '/nowhere' }]]);
    answers = [status(204)];
    for (const made of [openKeyStore({ barbicanUrl: url() }, undefined, log), openKeyStore({}, keystone, log)]) {
      stores.push(made!);
      await made!.remove(id);
    }
    expect(asked.map(({ headers }) => headers['x-auth-token'])).toEqual([undefined, 'own-1']);
  });

  test.each([
    ['none', async () => []],
    ['not known', () => Promise.reject(new KeystoneError('no-endpoint', 'none'))],
  ])('a catalogue in which it is %s has no key manager', async (_, endpoints) => {
    const made = openKeyStore({}, { ...keystone, endpoints }, log)!;
    stores.push(made);
    expect((await errorOf(made.store(key))).problem).toBe('not-found');
  });
});
