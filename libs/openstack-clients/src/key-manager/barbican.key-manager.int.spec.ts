import { certificateFor, eventually } from '@hearth/testing';
import { generateKeyPairSync } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeystoneError, type KeystoneProblem } from '../keystone/keystone-error';
import type { BarbicanOptions } from './barbican.http';
import { BarbicanKeyManager } from './barbican.key-manager';
import { KeyManagerError, type KeyManagerProblem } from './key-manager';

const id = '5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10';
const pem = certificateFor(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }));
/** As a real Barbican showed it. */
const record = {
  created: '2026-11-21T14:41:03.481244',
  updated: '2026-11-21T14:41:03.482774',
  status: 'ACTIVE',
  name: 'signing certificate',
  secret_type: 'certificate',
  expiration: null,
  algorithm: null,
  bit_length: null,
  mode: null,
  creator_id: null,
  content_types: { default: 'application/octet-stream' },
  secret_ref: `http://localhost:9311/v1/secrets/${id}`,
};

type Answer = (response: ServerResponse) => void;
const json =
  (body: unknown): Answer =>
  (response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const body =
  (content: string | Buffer): Answer =>
  (response) =>
    void response.end(content);
const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code, { location: '/elsewhere' }).end('<html>secret page</html>');
const silence: Answer = () => undefined;
const cut: Answer = (response) =>
  void response.writeHead(200, { 'content-length': 1_000 }).write('half', () => response.destroy());
const trickle: Answer = (response) => {
  const timer = setInterval(() => response.write('x'), 20);
  response.once('close', () => clearInterval(timer));
};

let asked: IncomingMessage[];
/** One for each request; the last one stays. */
let answers: Answer[];
const server = createServer((request, response) => {
  asked.push(request);
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  answer?.(response);
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const managers: BarbicanKeyManager[] = [];
function barbican(options: Partial<BarbicanOptions> = {}): BarbicanKeyManager {
  const manager = new BarbicanKeyManager({
    endpoint: url(),
    retriesMax: 3,
    retryWaitMs: 1,
    answerTimeoutMs: 2_000,
    ...options,
  });
  managers.push(manager);
  return manager;
}

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
  answers = [json(record), body(pem)];
});
afterEach(() => Promise.all(managers.splice(0).map((manager) => manager.close())));

async function errorOf(work: Promise<unknown>): Promise<KeyManagerError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KeyManagerError)) throw new Error('no KeyManagerError was thrown', { cause: error });
  return error;
}

describe('the questions', () => {
  test('are what kind of secret it is, and its payload as it was stored', async () => {
    answers = [json({ ...record, content_types: { default: 'application/pkix-cert' } }), body(pem)];
    expect(await barbican({ endpoint: `${url()}/key-manager/` }).certificate(id)).toBe(pem);
    expect(asked.map((request) => [request.url, request.headers.accept])).toEqual([
      [`/key-manager/v1/secrets/${id}`, 'application/json'],
      [`/key-manager/v1/secrets/${id}/payload`, 'application/pkix-cert'],
    ]);
  });

  test('bear a token that is asked for anew each time, and that no error repeats', async () => {
    answers = [json(record), status(500)];
    let tokens = 0;
    const token = () => Promise.resolve(`the-token-${(tokens += 1)}`);
    const error = await errorOf(barbican({ token, retriesMax: 1 }).certificate(id));
    expect(asked.map(({ headers }) => headers['x-auth-token'])).toEqual([1, 2, 3].map((nth) => `the-token-${nth}`));
    expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('the-token');
  });

  test('are not put without the token that could not be had: the key manager is away', async () => {
    const token = () => Promise.reject(new Error('no Keystone'));
    const { problem, message } = await errorOf(barbican({ token }).certificate(id));
    expect([problem, message]).toEqual(['away', expect.stringMatching(/no token could be had .*: no Keystone/)]);
    expect(asked).toEqual([]);
  });

  test('are put again, once, with another token where theirs is not taken', async () => {
    answers = [status(401), json(record), status(401), status(401)];
    let nth = 1;
    const token = async (refused?: string) => `the-token-${refused === `the-token-${nth}` ? (nth += 1) : nth}`;
    expect((await errorOf(barbican({ token }).certificate(id))).problem).toBe('forbidden');
    expect(asked.map(({ headers }) => headers['x-auth-token'])).toEqual(
      [1, 2, 2, 3].map((which) => `the-token-${which}`),
    );
  });

  test('go to where the catalogue says', async () => {
    expect(await barbican({ endpoint: async () => `${url()}/key-manager` }).certificate(id)).toBe(pem);
    expect(asked[0]?.url).toBe(`/key-manager/v1/secrets/${id}`);
  });

  test.each<[string, KeystoneProblem, KeyManagerProblem]>([
    ['the catalogue has no key manager: nothing is kept', 'no-endpoint', 'not-found'],
    ['the catalogue cannot be had: the key manager is away', 'away', 'away'],
  ])('are not put where %s', async (_, why, problem) => {
    const endpoint = () => Promise.reject(new KeystoneError(why, 'so it is'));
    const error = await errorOf(barbican({ endpoint, retriesMax: 0 }).certificate(id));
    expect([error.problem, error.message]).toEqual([problem, expect.stringContaining('so it is')]);
    expect(asked).toEqual([]);
  });

  test('are not put for an id that is no uuid', async () => {
    expect((await errorOf(barbican().certificate(`${id}/payload`))).problem).toBe('not-found');
    expect(asked).toEqual([]);
  });

  test.each(['private', 'public', 'symmetric', 'passphrase', 'opaque'])(
    'end before the payload of a secret of the type %s',
    async (type) => {
      answers = [json({ ...record, secret_type: type }), body(pem)];
      expect((await errorOf(barbican().certificate(id))).problem).toBe('nonsense');
      expect(asked).toHaveLength(1);
    },
  );

  test('end before a payload that is not there', async () => {
    answers = [json({ ...record, content_types: undefined })];
    expect((await errorOf(barbican().certificate(id))).problem).toBe('not-found');
    expect(asked).toHaveLength(1);
  });
});

describe.each<[string, Answer[]]>([
  ['what a secret is', []],
  ['its payload', [json(record)]],
])('an answer to %s', (_, before) => {
  test.each([
    [404, 'not-found'],
    [410, 'not-found'],
    [401, 'forbidden'],
    [403, 'forbidden'],
    [302, 'nonsense'],
    [400, 'nonsense'],
    [406, 'nonsense'],
  ])('that is %i is %s, asked once, with the name of the server and the secret', async (code, problem) => {
    answers = [...before, status(code)];
    const error = await errorOf(barbican().certificate(id));
    expect(error.problem).toBe(problem);
    expect(error.message).toContain(new URL(url()).host);
    expect(error.message).toContain(id);
    expect(error.message).not.toContain('secret page');
    expect(asked).toHaveLength(before.length + 1);
  });

  test.each([500, 502, 503, 429])('that is %i is asked for four times and then away', async (code) => {
    answers = [...before, status(code)];
    expect((await errorOf(barbican().certificate(id))).problem).toBe('away');
    expect(asked).toHaveLength(before.length + 4);
  });

  test.each([
    ['is cut short', cut],
    ['does not come', silence],
    ['has no end and comes in drops', trickle],
  ])('that %s is asked for again', async (__, answer) => {
    answers = [...before, answer, answer];
    const { problem } = await errorOf(barbican({ answerTimeoutMs: 200, retriesMax: 1 }).certificate(id));
    expect(problem).toBe('away');
    expect(asked).toHaveLength(before.length + 2);
  });

  test('that comes at the third time is taken', async () => {
    const after = before.length === 0 ? [json(record), body(pem)] : [body(pem)];
    answers = [...before, status(503), cut, ...after];
    expect(await barbican().certificate(id)).toBe(pem);
  });

  test.each([
    ['nothing', ''],
    ['a page', '<html>'],
    ['something without end', Buffer.alloc(2 ** 20, 'x')],
  ])('that is %s is nonsense', async (__, content) => {
    answers = [...before, body(content)];
    expect((await errorOf(barbican().certificate(id))).problem).toBe('nonsense');
    expect(asked).toHaveLength(before.length + 1);
  });

  test('that is waited for can be called off', async () => {
    answers = [...before, silence];
    const controller = new AbortController();
    const work = barbican().certificate(id, { signal: controller.signal });
    const off = new Error('called off');
    await eventually(() => asked.length === before.length + 1);
    controller.abort(off);
    await expect(work).rejects.toBe(off);
  });
});

test.each([
  ['no secret', { id }],
  ['of no type', { ...record, secret_type: 7 }],
  ['with content types that are none', { ...record, content_types: 'text/plain' }],
])('a record that is %s is nonsense', async (_, answer) => {
  answers = [json(answer)];
  expect((await errorOf(barbican().certificate(id))).problem).toBe('nonsense');
});

test('a content type that is fit for no header is not sent back', async () => {
  answers = [json({ ...record, content_types: { default: 'text/plain\r\nx-evil: 1' } }), body(pem)];
  expect(await barbican().certificate(id)).toBe(pem);
  expect(asked[1]?.headers).toMatchObject({ accept: 'application/octet-stream' });
});

test('who calls it off between two attempts hears of nothing else', async () => {
  answers = [status(503)];
  const controller = new AbortController();
  const work = barbican({ retryWaitMs: 60_000 }).certificate(id, { signal: controller.signal });
  const off = new Error('called off');
  await eventually(() => asked.length === 1);
  controller.abort(off);
  await expect(work).rejects.toBe(off);
});

test('a server that is not there is away', async () => {
  const { problem, message } = await errorOf(barbican({ endpoint: 'http://127.0.0.1:9' }).certificate(id));
  expect([problem, message]).toEqual(['away', expect.stringContaining('127.0.0.1:9')]);
});

test.each(['', 'barbican:9311', 'ftp://host', 'http://user:secret@host', 'http://host?x=y'])(
  'an endpoint %p is refused at once',
  (endpoint) => expect(() => new BarbicanKeyManager({ endpoint })).toThrow('endpoint'),
);

test('a password in an endpoint is not repeated', () =>
  expect(() => new BarbicanKeyManager({ endpoint: 'http://user:secret@host' })).toThrow(
    /^(?!.*user)the endpoint of the key manager/,
  ));
