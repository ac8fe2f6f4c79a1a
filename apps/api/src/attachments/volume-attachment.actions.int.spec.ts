import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { decideFor, givenVolume } from '../testing/given-volume';
import { localConnection, playHost } from '../testing/play-host';
import { type Asking, tokens } from '../testing/test-api';

let house: DatabaseApi;
let endHost: () => Promise<void>;
beforeAll(async () => {
  house = await startDatabaseApi();
  endHost = playHost(house.store);
}, 60_000);
afterAll(async () => {
  await endHost();
  await house.stop();
});

const server = '11111111-2222-3333-4444-555555555555';
const connector = { ip: '127.0.0.1', host: 'peer', initiator: 'iqn.1993-08.org.debian:01:peer', mode: 'rw' };
const service: Asking = { headers: { 'x-service-token': 'service:nova:service' } };
const admin: Asking = { token: tokens.admin };
const adminService: Asking = { token: tokens.admin, ...service };

const act = (id: string, action: string, argument: unknown = {}, asking: Asking = {}) =>
  house.api.post(
    `/v3/${asking.token === tokens.admin ? 'operators' : 'demo'}/volumes/${id}/action`,
    { [action]: argument },
    asking,
  );
async function shown(id: string) {
  const { body } = await house.api.get(`/v3/operators/volumes/${id}`, admin);
  return (body as { volume: { status: string; attachments: Record<string, unknown>[]; metadata: object } }).volume;
}
const statusOf = async (id: string) => (await shown(id)).status;
const bad = (message: string) => ({ status: 400, body: { badRequest: { code: 400, message } } });
const failure = { code: 'backend.failed', reason: 'The backend failed to do it.' } as const;

test('the old way in and out, as recorded from a real Cinder', async () => {
  const id = await givenVolume(house);
  const steps: readonly (readonly [string, unknown, Asking, string])[] = [
    ['os-reserve', {}, {}, 'attaching'],
    ['os-unreserve', {}, {}, 'available'],
    ['os-attach', { instance_uuid: server, mountpoint: '/dev/vdc' }, {}, 'in-use'],
    ['os-initialize_connection', { connector }, {}, 'in-use'],
    ['os-begin_detaching', null, {}, 'detaching'],
    ['os-roll_detaching', null, {}, 'in-use'],
    ['os-begin_detaching', null, {}, 'detaching'],
    ['os-terminate_connection', { connector }, service, 'detaching'],
    ['os-detach', {}, service, 'available'],
  ];
  for (const [action, argument, asking, status] of steps) {
    const answer = await act(id, action, argument, asking);
    expect([action, answer.status]).toEqual([action, action === 'os-initialize_connection' ? 200 : 202]);
    if (action === 'os-initialize_connection') {
      const { data, driverVolumeType } = localConnection;
      expect(answer.body).toEqual({ connection_info: { driver_volume_type: driverVolumeType, data } });
    } else expect(answer.text).toBe('');
    expect([action, await statusOf(id)]).toEqual([action, status]);
  }
});

test('what os-attach says is shown, and the host has a name that is one', async () => {
  const id = await givenVolume(house);
  const argument = { host_name: '.My_Hôst ☃.', mountpoint: '/dev/vdc', mode: 'ro' };
  expect((await act(id, 'os-attach', argument)).status).toBe(202);
  const { attachments, metadata } = await shown(id);
  expect(attachments).toMatchObject([{ server_id: null, host_name: 'my-hôst', device: '/dev/vdc' }]);
  expect(metadata).toMatchObject({ attached_mode: 'ro' });
  expect((await act(id, 'os-attach', argument)).status).toBe(202);
  expect((await shown(id)).attachments).toHaveLength(1);
});

test('who asks for the connection that there is gets it again', async () => {
  const id = await givenVolume(house);
  const first = await act(id, 'os-initialize_connection', { connector });
  expect(first.status).toBe(200);
  expect((await act(id, 'os-initialize_connection', { connector })).body).toEqual(first.body);
  expect(await statusOf(id)).toBe('attaching');
  expect((await act(id, 'os-terminate_connection', { connector: null })).status).toBe(202);
  expect(await statusOf(id)).toBe('available');
});

test('a termination where nothing is connected gives back what was reserved', async () => {
  const id = await givenVolume(house);
  await act(id, 'os-reserve');
  expect((await act(id, 'os-terminate_connection', { connector })).status).toBe(202);
  expect(await statusOf(id)).toBe('available');
});

describe('is refused', () => {
  test('os-reserve of a volume that is in use, in Cinder’s words', async () => {
    const id = await givenVolume(house);
    await act(id, 'os-attach', { instance_uuid: server, mountpoint: '/dev/vdb' });
    const sentence = 'Invalid volume: Volume status must be available to reserve, but the status is in-use.';
    expect(await act(id, 'os-reserve')).toMatchObject(bad(sentence));
    const other = { instance_uuid: randomUUID(), mountpoint: '/dev/vdb' };
    const attached = 'Invalid volume: volume is already attached and multiple attachments are not enabled';
    expect(await act(id, 'os-attach', other)).toMatchObject(bad(attached));
  });

  test('os-begin_detaching of a volume that nobody has', async () => {
    const sentence =
      "Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.";
    expect(await act(await givenVolume(house), 'os-begin_detaching')).toMatchObject(bad(sentence));
  });

  test('os-attach of a read-only volume for writing', async () => {
    const id = await givenVolume(house);
    await decideFor(house, id, { do: 'SetReadOnly', readOnly: true });
    const argument = { instance_uuid: server, mountpoint: '/dev/vdb' };
    const sentence = `Invalid attaching mode 'rw' for volume ${id}.`;
    expect(await act(id, 'os-attach', argument)).toMatchObject(bad(sentence));
    expect((await act(id, 'os-attach', { ...argument, mode: 'ro' })).status).toBe(202);
  });

  test('all of it in maintenance', async () => {
    const id = await givenVolume(house);
    await decideFor(house, id, { do: 'ResetStatus', status: 'maintenance' });
    const sentences = {
      'os-attach': 'The volume cannot be attached in maintenance mode.',
      'os-initialize_connection': 'The volume connection cannot be initialized in maintenance mode.',
      'os-detach': 'The volume cannot be detached in maintenance mode.',
    };
    const argument = { 'os-attach': { host_name: 'h', mountpoint: '/m' }, 'os-detach': null };
    for (const [action, sentence] of Object.entries(sentences)) {
      const answer = await act(
        id,
        action,
        action in argument ? argument[action as keyof typeof argument] : { connector },
      );
      expect(answer).toMatchObject(bad(`Invalid volume: ${sentence}`));
    }
  });

  test('a detach that does not say which of several', async () => {
    const id = await givenVolume(house, { multiattach: true });
    for (const instance of [randomUUID(), randomUUID()]) {
      await act(id, 'os-attach', { instance_uuid: instance, mountpoint: '/dev/vdb' });
    }
    const sentence = 'Invalid volume: Detach volume failed: More than one attachment, but no attachment_id provided.';
    expect(await act(id, 'os-detach', {}, service)).toMatchObject(bad(sentence));
    const [one] = (await shown(id)).attachments;
    expect((await act(id, 'os-detach', { attachment_id: one!['attachment_id'] }, service)).status).toBe(202);
    expect((await shown(id)).attachments).toHaveLength(1);
    expect((await act(id, 'os-detach', { attachment_id: randomUUID() }, service)).status).toBe(202);
  });
});

describe('what a server has', () => {
  const given = async () => {
    const id = await givenVolume(house);
    await act(id, 'os-attach', { instance_uuid: server, mountpoint: '/dev/vdb' });
    await act(id, 'os-initialize_connection', { connector });
    return id;
  };

  test.each([
    ['os-terminate_connection', { connector }, {}],
    ['os-detach', {}, {}],
    ['os-force_detach', {}, admin],
  ])('%s does not take from it without a service’s word', async (action, argument, asking) => {
    const id = await given();
    expect(await act(id, action, argument, asking)).toMatchObject({
      status: 409,
      body: { conflictingRequest: { message: `Detach volume from instance ${server} using the Compute API` } },
    });
    expect(await statusOf(id)).toBe('in-use');
    expect((await act(id, action, argument, { ...asking, ...service })).status).toBe(202);
  });

  test('an administrator ends with force in whatever status, and nobody else may', async () => {
    const id = await given();
    await decideFor(house, id, { do: 'ResetStatus', status: 'error' });
    expect((await act(id, 'os-force_detach', {}, service)).status).toBe(403);
    const argument = { attachment_id: null, connector };
    expect((await act(id, 'os-force_detach', argument, adminService)).status).toBe(202);
    expect(await shown(id)).toMatchObject({ status: 'error', attachments: [] });
  });
});

describe('who waits for the host', () => {
  const answering = async (command: 'RecordConnectFailure' | 'RecordDisconnectFailure', work: () => Promise<void>) => {
    await endHost();
    endHost = playHost(house.store, (step) =>
      step.do === 'connect' || step.do === 'disconnect'
        ? { do: command, attachmentId: step.attachment.id, failure }
        : undefined,
    );
    await work();
    await endHost();
    endHost = playHost(house.store);
  };

  test('of a connection that failed is told so, and gets it when it works', async () => {
    const id = await givenVolume(house);
    await answering('RecordConnectFailure', async () => {
      expect(await act(id, 'os-initialize_connection', { connector })).toMatchObject({
        status: 500,
        body: {
          computeFault: {
            message: 'Unable to fetch connection information from backend. (The backend failed to do it)',
          },
        },
      });
    });
    expect((await act(id, 'os-initialize_connection', { connector })).status).toBe(200);
  });

  test('of a disconnection that failed is told so, and it is done when it works', async () => {
    const id = await givenVolume(house);
    await act(id, 'os-initialize_connection', { connector });
    await answering('RecordDisconnectFailure', async () => {
      expect(await act(id, 'os-terminate_connection', { connector })).toMatchObject({ status: 500 });
    });
    expect((await act(id, 'os-terminate_connection', { connector })).status).toBe(202);
    expect(await statusOf(id)).toBe('available');
  });
});

test.each<[string, unknown]>([
  ['os-attach', {}],
  ['os-attach', { mountpoint: '/dev/vdb' }],
  ['os-attach', { mountpoint: '', host_name: 'h' }],
  ['os-attach', { mountpoint: 'x'.repeat(256), host_name: 'h' }],
  ['os-attach', { mountpoint: '/m', host_name: 'h', mode: 'wr' }],
  ['os-attach', { mountpoint: '/m', instance_uuid: 'vm' }],
  ['os-attach', { mountpoint: '/m\0', host_name: 'h' }],
  ['os-detach', { attachment_id: 'nope' }],
  ['os-detach', { nonsense: 1 }],
  ['os-initialize_connection', {}],
  ['os-initialize_connection', { connector: 'peer' }],
  ['os-initialize_connection', { connector: null }],
  ['os-initialize_connection', { connector: { host: '\0' } }],
  ['os-terminate_connection', {}],
  ['os-terminate_connection', { connector: [] }],
])('%s with %j is answered with 400', async (action, argument) => {
  expect((await act(await givenVolume(house), action, argument)).status).toBe(400);
});

test('who may only read attaches nothing, and of another’s volume nobody learns', async () => {
  const id = await givenVolume(house);
  const names = ['os-reserve', 'os-unreserve', 'os-begin_detaching', 'os-roll_detaching', 'os-detach'];
  for (const name of names) {
    expect((await act(id, name, {}, { token: tokens.reader })).status).toBe(403);
    const path = `/v3/other/volumes/${id}/action`;
    expect((await house.api.post(path, { [name]: {} }, { token: tokens.other })).status).toBe(404);
  }
});
