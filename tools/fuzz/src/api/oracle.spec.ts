import type { Exchanged, FuzzAnswer } from './exchange';
import type { FuzzRequest } from './fuzz-request';
import { isAway, problemOf } from './oracle';

const request: FuzzRequest = {
  name: 'messages.list',
  bearer: 'member',
  method: 'GET',
  target: '/v3/fuzz/messages',
  headers: [],
  body: undefined,
  slow: false,
  wellFormed: true,
  isAsNamed: true,
};
const promises = { secrets: ['secret-of-others'], ids: ['id-of-others'] };
const json = new Map([['content-type', 'application/json']]);

const answer = (status: number, body: unknown, more: Partial<FuzzAnswer> = {}): FuzzAnswer => ({
  status,
  headers: json,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  isWhole: true,
  elapsedMs: 1,
  ...more,
});
const fault = (status: number, key: string, code = status) => answer(status, { [key]: { code, message: 'No.' } });
const problem = (exchanged: Exchanged, asked: Partial<FuzzRequest> = {}) =>
  problemOf({ ...request, ...asked }, exchanged, promises);

test.each([
  ['what was asked for', answer(200, { messages: [] })],
  ["Cinder's refusal", fault(400, 'badRequest')],
  ['a refusal under a status that has no key', fault(431, 'computeFault')],
  ["Keystone's refusal", answer(401, { error: { code: 401, title: 'Unauthorized', message: 'No.' } })],
  ["the router's refusal", answer(404, { message: 'No.', code: '404 Not Found', title: 'Not Found' })],
  [
    'the lack of a service',
    answer(503, { serviceUnavailable: { code: 503, message: 'Service cinder-backup could not be found.' } }),
  ],
])('%s is well', (_, exchanged) => {
  expect(problem(exchanged)).toBeUndefined();
});

test.each<[string, Exchanged]>([
  ['is answered with 500', fault(500, 'computeFault')],
  ['is answered with 503', fault(503, 'serviceUnavailable')],
  ['is answered with 0', answer(0, '')],
  ['is not answered', 'silent'],
  ['ends the connection without an answer', 'closed'],
  ['is answered after 15000 ms', answer(200, {}, { elapsedMs: 16_000 })],
  ["tells another project's secrets", answer(200, { name: 'secret-of-others' })],
  ["tells another project's secrets", answer(404, { itemNotFound: { code: 404, message: 'secret-of-others' } })],
  ['lets a header through', answer(200, {}, { headers: new Map([['x-injected', 'yes']]) })],
  ['refuses with 400 and not under the key badRequest', fault(400, 'conflictingRequest')],
  ['refuses with 400 and no code and message', fault(400, 'badRequest', 404)],
  ['refuses with 404 and no code and message', answer(404, { itemNotFound: { code: 404, message: 7 } })],
  ['refuses with 404 and no JSON', answer(404, '<html>')],
  ['refuses with 404 and no JSON', answer(404, {}, { headers: new Map([['content-type', 'text/html']]) })],
])('%s is a finding', (text, exchanged) => {
  expect(problem(exchanged)).toBe(text);
});

const deletion = { name: 'messages.delete', method: 'DELETE', target: '/v3/fuzz/messages/x' };

test.each<[string, Partial<FuzzRequest>, FuzzAnswer]>([
  ['lets nobody in', { bearer: 'nobody' }, answer(200, { messages: [] })],
  ['lets service in', { bearer: 'service' }, answer(200, { messages: [] })],
  ['lets reader in', { ...deletion, bearer: 'reader' }, answer(204, '')],
  ['lets member in', { name: 'types.delete', method: 'DELETE' }, answer(202, '')],
  ['is done with 202, and 204 was promised', deletion, answer(202, '')],
  ['is done, with a body that nobody promised', deletion, answer(204, '{}')],
  ['is cut off', {}, answer(200, '{"messages":[', { isWhole: false })],
])('%s is a finding of what was done', (text, asked, exchanged) => {
  expect(problem(exchanged, asked)).toBe(text);
});

test('what was done is told as its schema says', () => {
  const otherwise = answer(200, { messages: [], more: 1 });
  expect(problem(otherwise)).toMatch(/^is done otherwise than its schema says/);
  expect(problem(answer(200, '{"messages":['))).toMatch(/^is done otherwise than its schema says/);
  expect(problem(answer(204, ''), deletion)).toBeUndefined();
});

test('of a request whose method or path was spoiled nobody knows what is to be done', () => {
  expect(problem(answer(202, ''), { isAsNamed: false })).toBeUndefined();
  expect(problem(answer(202, ''), { wellFormed: false })).toBeUndefined();
});

test('an id of others is told to nobody who has not named it', () => {
  const told = answer(404, { itemNotFound: { code: 404, message: 'id-of-others' } });
  expect(problem(told)).toBe("tells another project's secrets");
  expect(problem(told, { target: '/v3/fuzz/volumes/id-of-others' })).toBeUndefined();
  expect(problem(told, { body: Buffer.from('{"id":"id-of-others"}') })).toBeUndefined();
});

test('administrators see what everybody has', () => {
  const told = answer(404, { itemNotFound: { code: 404, message: 'secret-of-others' } });
  expect(problem(told, { bearer: 'admin' })).toBeUndefined();
});

test('a client that does not speak HTTP, or not to its end, may be left', () => {
  expect(problem('closed', { wellFormed: false })).toBeUndefined();
  expect(problem('closed', { slow: true })).toBeUndefined();
  expect(problem('closed', { body: Buffer.alloc(2_000_000) })).toBeUndefined();
});

test('that something is away is told apart from an error, if it is told as promised', () => {
  const away = {
    serviceUnavailable: { code: 503, message: 'The log of facts (NATS) cannot be reached. Please try again.' },
  };
  const headers = new Map([...json, ['retry-after', '1']]);
  expect([isAway(answer(503, away, { headers })), problem(answer(503, away, { headers }))]).toEqual([true, undefined]);
  expect([isAway(answer(503, away)), problem(answer(503, away))]).toEqual([false, 'is answered with 503']);
  expect([isAway('silent'), isAway(answer(200, away, { headers }))]).toEqual([false, false]);
});
