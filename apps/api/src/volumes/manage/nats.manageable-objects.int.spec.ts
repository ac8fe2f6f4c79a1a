import { manageableRequestSchema, manageableSubject } from '@hearth/contracts';
import { createLog } from '@hearth/platform';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { connect, type NatsConnection } from 'nats';
import type { ManageableObjects } from './manageable-objects';
import { natsManageableObjects } from './nats.manageable-objects';

const pool = 'store-01@fast#default';
const lines: string[] = [];
const log = createLog({ name: 'test', level: 'warn', format: 'json', write: (line) => lines.push(line) });
let server: ThrowAwayNats;
let connection: NatsConnection;
let objects: ManageableObjects;

beforeAll(async () => {
  server = await throwAwayNats();
  connection = await connect({ servers: server.url });
  objects = natsManageableObjects(connection, { timeoutMs: 300, log });
}, 60_000);
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

function answering(answer: string) {
  const asked: unknown[] = [];
  const subscription = connection.subscribe(manageableSubject('store-01'), {
    callback: (_error, message) => {
      asked.push(manageableRequestSchema.parse(message.json()));
      message.respond(answer);
    },
  });
  return { asked, end: () => subscription.unsubscribe() };
}

test('the host of the pool is asked about it, and its answer is told', async () => {
  const answer = { objects: [{ sourceName: 'foreign.img', sizeGib: 3 }] };
  const host = answering(JSON.stringify(answer));
  expect(await objects.list(pool)).toEqual(answer);
  expect(host.asked).toEqual([{ pool }]);
  host.end();
});

test('a refusal is an answer', async () => {
  const answer = { error: { code: 'unsupported', reason: 'not this one' } };
  const host = answering(JSON.stringify(answer));
  expect(await objects.list(pool)).toEqual(answer);
  host.end();
});

test.each(['{nope', '{"objects":[{"sourceName":1}]}', '{}'])('%s is none, and the log says so', async (answer) => {
  lines.length = 0;
  const host = answering(answer);
  expect(await objects.list(pool)).toBeUndefined();
  expect(lines.join()).toContain('did not say what lies in its pool');
  host.end();
});

test('a host that is not there, or is silent, has not answered', async () => {
  expect(await objects.list(pool)).toBeUndefined();
  const silent = connection.subscribe(manageableSubject('store-01'));
  expect(await objects.list(pool)).toBeUndefined();
  silent.unsubscribe();
  expect(await objects.list('nonsense')).toBeUndefined();
});
