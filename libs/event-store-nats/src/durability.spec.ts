import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NatsConnection } from 'nats';
import { inspectDurability } from './durability';

const connectedTo = (version: string) => ({ info: { version } }) as NatsConnection;

let monitoring: Server;
let url: string;
let answer: { status: number; body: string };
beforeAll(async () => {
  monitoring = createServer(({ url: path }, response) => {
    response.statusCode = path === '/varz' ? answer.status : 404;
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => monitoring.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(monitoring.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => monitoring.close(resolve)));

const varz = (config: object) => ({ status: 200, body: JSON.stringify({ jetstream: { config } }) });

test.each(['2.9.10', '2.1.0', '1.4.1'])(
  'nats-server %s is not durable, whatever the configuration claims',
  async (version) => {
    expect(await inspectDurability(connectedTo(version), { syncAlways: true })).toMatchObject({
      durable: false,
      serverVersion: version,
      reason: expect.stringContaining('use 2.10 or later'),
    });
  },
);

test.each([
  ['syncs always', varz({ sync_interval: 120e9, sync_always: true }), true, 'syncs before it acknowledges'],
  ['syncs now and then', varz({ sync_interval: 120e9 }), false, 'syncs every 120 s'],
])(
  'a server of which /varz says that it %s is believed before the configuration',
  async (_what, says, durable, reason) => {
    answer = says;
    const seen = await inspectDurability(connectedTo('2.10.0'), { monitoringUrl: url, syncAlways: !durable });
    expect(seen).toEqual({ durable, serverVersion: '2.10.0', reason: expect.stringContaining(reason) });
  },
);

test.each([
  ['an error', { status: 500, body: 'no' }, /answered 500/],
  ['no JSON', { status: 200, body: 'no' }, /cannot be read/],
  ['nothing of JetStream', { status: 200, body: '{}' }, /nothing of JetStream/],
])('where /varz gives %s the configuration is believed, and the failure is told', async (_what, says, failure) => {
  answer = says;
  const believed = await inspectDurability(connectedTo('2.12.1'), { monitoringUrl: `${url}/`, syncAlways: true });
  expect(believed).toMatchObject({ durable: true, reason: expect.stringMatching(failure) });
});

test('where nobody says, it is unknown', async () => {
  expect(await inspectDurability(connectedTo('3.0.0'))).toMatchObject({ durable: 'unknown' });
  const nobody = await inspectDurability(connectedTo('2.10.0'), { monitoringUrl: 'http://127.0.0.1:1' });
  expect(nobody).toMatchObject({ durable: 'unknown', reason: expect.stringMatching(/127\.0\.0\.1:1.*cannot be read/) });
});
