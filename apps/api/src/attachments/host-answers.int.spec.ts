import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { examplePool, exampleRequest } from '@hearth/domain/testing';
import { readState, runCommand } from '@hearth/event-sourcing';
import { connectNats, JetStreamEventStore } from '@hearth/event-store-nats';
import type { ProjectId, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats, throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { randomUUID } from 'node:crypto';
import { type ApiProcess, bundledApi, ready } from '../testing/api-process';
import { playHost } from '../testing/play-host';

let nats: ThrowAwayNats;
let postgres: ThrowAwayPostgres;
let bundle: Awaited<ReturnType<typeof bundledApi>>;
let api: ApiProcess;
let connection: NatsConnection;
let store: JetStreamEventStore;
let endHost: (() => Promise<void>) | undefined;

const start = (more: Readonly<Record<string, string>> = {}) =>
  bundle.start({
    HEARTH_NATS_URL: nats.url,
    HEARTH_DATABASE_URL: postgres.url,
    HEARTH_AUTH_MODE: 'development',
    HEARTH_GLANCE_URL: 'http://127.0.0.1:9',
    ...more,
  });

beforeAll(async () => {
  [nats, postgres, bundle] = await Promise.all([throwAwayNats(), throwAwayPostgres(), bundledApi()]);
  api = await start();
  await ready(api);
  connection = await connectNats({ servers: [nats.url], name: 'host' });
  store = await JetStreamEventStore.open(connection);
}, 90_000);
afterEach(async () => {
  await endHost?.();
  endHost = undefined;
});
afterAll(async () => {
  await connection.close();
  await bundle.remove();
  await Promise.all([nats.stop(), postgres.stop()]);
});

const connector = { host: 'peer', ip: '127.0.0.1' };

/** A volume that is available, and an attachment of it that is reserved. */
async function given() {
  const volumeId = randomUUID() as VolumeId;
  const request = { ...exampleRequest, projectId: 'demo' as ProjectId, image: null, volumeId };
  const environment = { store, newId: randomUUID, now: () => new Date().toISOString() };
  const commands: readonly VolumeCommand[] = [
    { do: 'RequestVolume', request },
    { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] },
    { do: 'RecordProvisioned', pool: examplePool, bootable: false, imageMetadata: {}, decision: null },
  ];
  for (const command of commands) {
    await runCommand(environment, volumeDecider, { category: 'volume', id: volumeId }, command);
  }
  const body = { attachment: { volume_uuid: volumeId, instance_uuid: randomUUID() } };
  const { attachment } = (await ask('POST', '/v3/demo/attachments', { body })).body;
  return { volumeId, id: attachment.id as string };
}

interface Asking {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly of?: ApiProcess;
}

async function ask(
  method: string,
  path: string,
  { body, signal = AbortSignal.timeout(60_000), of = api }: Asking = {},
) {
  const response = await fetch(`${of.url}${path}`, {
    method,
    signal,
    headers: {
      'x-auth-token': 'demo:ann:member',
      'content-type': 'application/json',
      'openstack-api-version': 'volume 3.70',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const connect = (id: string, more: Asking = {}) =>
  ask('PUT', `/v3/demo/attachments/${id}`, { body: { attachment: { connector } }, ...more });
const statusOf = (volume: Volume, id: string) =>
  volume.status === 'provisioned' ? volume.attachments.get(id)?.status : undefined;

/** Waits until the host is asked to connect. */
const asked = ({ volumeId, id }: { readonly volumeId: string; readonly id: string }) =>
  eventually(async () => {
    const { state } = await readState(store, volumeDecider, { category: 'volume', id: volumeId });
    return statusOf(state, id) === 'connecting';
  });

test('a client is answered as soon as the host has, though the broker is away meanwhile', async () => {
  const one = await given();
  const waiting = connect(one.id);
  await asked(one);
  await nats.kill();
  await nats.restart();
  endHost = playHost(store);
  expect(await waiting).toMatchObject({
    status: 200,
    body: { attachment: { connection_info: { driver_volume_type: 'local', attachment_id: one.id } } },
  });
}, 90_000);

test('a client that has gone does no harm: the attachment is connected, and is there for who comes back', async () => {
  const one = await given();
  const gone = new AbortController();
  const waiting = connect(one.id, { signal: gone.signal }).catch((error: Error) => error.name);
  await asked(one);
  gone.abort();
  expect(await waiting).toBe('AbortError');
  endHost = playHost(store);
  await eventually(async () => {
    const { body } = await ask('GET', `/v3/demo/attachments/${one.id}`);
    return body.attachment.connection_info.driver_volume_type === 'local';
  });
  expect((await connect(one.id)).status).toBe(200);
  expect((await ask('POST', `/v3/demo/attachments/${one.id}/action`, { body: { 'os-complete': {} } })).status).toBe(
    204,
  );
});

test('who waits in a process that is to end is answered, and the process ends in order', async () => {
  const second = await start({ HEARTH_HOST_TIMEOUT_MS: '3600000' });
  await ready(second);
  const one = await given();
  const waiting = connect(one.id, { of: second });
  await asked(one);
  second.child.kill('SIGTERM');
  expect(await waiting).toMatchObject({ status: 500, body: { computeFault: { code: 500 } } });
  const code = await second.exit;
  const complaints = second
    .output()
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line));
  expect({ code, complaints }).toEqual({ code: 0, complaints: [] });
  endHost = playHost(store);
  expect((await connect(one.id)).status).toBe(200);
}, 60_000);
