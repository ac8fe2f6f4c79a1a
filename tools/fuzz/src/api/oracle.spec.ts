import type { Exchanged, FuzzAnswer } from './exchange';
import type { FuzzRequest } from './fuzz-request';
import { isAway, problemOf } from './oracle';

const request: FuzzRequest = {
  name: 'volumes.show',
  bearer: 'member',
  method: 'GET',
  target: '/v3/fuzz/volumes/x',
  headers: [],
  body: undefined,
  slow: false,
  wellFormed: true,
};
const promises = { secrets: ['secret-of-others'], ids: ['id-of-others'] };
const json = new Map([['content-type', 'application/json']]);

const answer = (status: number, body: unknown, more: Partial<FuzzAnswer> = {}): FuzzAnswer => ({
  status,
  headers: json,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  elapsedMs: 1,
  ...more,
});
const fault = (status: number, key: string, code = status) => answer(status, { [key]: { code, message: 'No.' } });
const problem = (exchanged: Exchanged, asked: Partial<FuzzRequest> = {}) =>
  problemOf({ ...request, ...asked }, exchanged, promises);

test.each([
  ['what was asked for', answer(200, { volume: {} })],
  ['nothing', answer(204, '')],
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

test('an id of others is told to nobody who has not named it', () => {
  const told = answer(404, { itemNotFound: { code: 404, message: 'id-of-others' } });
  expect(problem(told)).toBe("tells another project's secrets");
  expect(problem(told, { target: '/v3/fuzz/volumes/id-of-others' })).toBeUndefined();
  expect(problem(told, { body: Buffer.from('{"id":"id-of-others"}') })).toBeUndefined();
});

test('administrators see what everybody has', () => {
  expect(problem(answer(200, { name: 'secret-of-others' }), { bearer: 'admin' })).toBeUndefined();
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
