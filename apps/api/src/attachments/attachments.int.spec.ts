import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { decideFor, givenVolume } from '../testing/given-volume';
import { localConnection, playHost, volumeOf } from '../testing/play-host';
import { postgresReadSide } from '../reads/postgres.read-side';
import { type Asking, TestApi, tokens } from '../testing/test-api';
import type { VolumeServices } from '../volumes/volume-services';
import { HostAnswers } from './host-answers';

let house: DatabaseApi;
let endHost: (() => Promise<void>) | undefined;
beforeAll(async () => {
  house = await startDatabaseApi();
}, 60_000);
beforeEach(() => {
  endHost = playHost(house.store);
});
afterEach(() => endHost?.());
afterAll(() => house.stop());

const server = '11111111-2222-3333-4444-555555555555';
const connector = {
  ip: '127.0.0.1',
  host: 'peer',
  initiator: 'iqn.1993-08.org.debian:01:peer',
  mountpoint: '/dev/vdb',
};
const failure = { code: 'backend.failed', reason: 'The backend failed to connect the volume.' } as const;

interface Attachment {
  readonly id: string;
  readonly status: string;
  readonly attach_mode: string;
  readonly connection_info: Readonly<Record<string, unknown>>;
}

const at = (minor: number, token: string = tokens.member, headers: Record<string, string> = {}): Asking => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}`, ...headers },
});
const latest = at(70);
const asService = at(70, tokens.member, { 'x-service-token': 'service:nova:service' });
const path = (id = '') => `/v3/demo/attachments${id && `/${id}`}`;

const post = (volumeId: string, more: object = {}, asking = latest) =>
  house.api.post(path(), { attachment: { volume_uuid: volumeId, ...more } }, asking);
const put = (id: string, wanted: object = connector, asking = latest) =>
  house.api.put(path(id), { attachment: { connector: wanted } }, asking);
const complete = (id: string, asking = latest) => house.api.post(`${path(id)}/action`, { 'os-complete': {} }, asking);
const remove = (id: string, asking = latest) => house.api.delete(path(id), asking);
const attachmentOf = ({ body }: { readonly body: unknown }) => (body as { attachment: Attachment }).attachment;
const show = async (id: string) => attachmentOf(await house.api.get(path(id), latest));
const shownVolume = async (id: string) =>
  ((await house.api.get(`/v3/demo/volumes/${id}`, at(70, tokens.admin))).body as { volume: Record<string, unknown> })
    .volume;
const statusOf = async (id: string) => (await shownVolume(id))['status'];

/** An attachment of a server that is complete; returns its id. */
async function givenAttached(volumeId: string, instance: string | null = server): Promise<string> {
  const { id } = attachmentOf(await post(volumeId, { ...(instance && { instance_uuid: instance }), connector }));
  await complete(id);
  return id;
}

/** Another api over the same rows and the same log, which is configured otherwise. */
function otherApi(services: Partial<VolumeServices>): Promise<TestApi> {
  const { store, database } = house;
  const reads = postgresReadSide(database);
  const projected = async () => (await house.caughtUp(), true);
  return TestApi.start({ services: { store, database, reads, projected, ...services } });
}

describe('an attachment', () => {
  test('is reserved, connected, completed and deleted, as recorded from a real Cinder', async () => {
    const volumeId = await givenVolume(house);
    const reserved = await post(volumeId, { instance_uuid: server }, at(27));
    const { id } = attachmentOf(reserved);
    const before = { id, status: 'reserved', instance: server, volume_id: volumeId };
    const detail = { ...before, attached_at: '', detached_at: '', attach_mode: 'null', connection_info: {} };
    expect(reserved).toMatchObject({ status: 200, body: { attachment: detail } });
    expect(Object.keys(attachmentOf(reserved))).toEqual(Object.keys(detail));
    expect(await shownVolume(volumeId)).toMatchObject({ status: 'reserved', attachments: [] });

    const info = { ...localConnection.data, driver_volume_type: 'local', attachment_id: id };
    const connected = await put(id);
    expect(connected).toMatchObject({ status: 200, body: { attachment: { ...detail, connection_info: info } } });
    expect(Object.keys(attachmentOf(connected).connection_info)).toEqual(Object.keys(info));
    expect(await shownVolume(volumeId)).toMatchObject({ status: 'attaching', attachments: [] });
    expect(await show(id)).toMatchObject({ status: 'attaching', attach_mode: 'rw', connection_info: info });

    expect(await complete(id)).toMatchObject({ status: 204, text: '' });
    const { attachments, status } = await shownVolume(volumeId);
    expect(status).toBe('in-use');
    expect(attachments).toEqual([
      {
        id: volumeId,
        attachment_id: id,
        volume_id: volumeId,
        server_id: server,
        host_name: 'peer',
        device: '/dev/vdb',
        attached_at: expect.stringMatching(/^\d{4}-.*\.\d{6}$/),
      },
    ]);
    expect(await show(id)).toMatchObject({ status: 'attached', attached_at: expect.stringMatching(/^\d{4}-/) });

    expect(await remove(id, asService)).toMatchObject({ status: 200, body: { attachments: [] } });
    expect(await statusOf(volumeId)).toBe('available');
    expect(await house.api.get(path(id), latest)).toMatchObject({
      status: 404,
      body: {
        itemNotFound: { message: `Volume attachment could not be found with filter: attachment_id = ${id}.` },
      },
    });
  });

  test('with a connector is connected at once, and shown as it was reserved', async () => {
    const volumeId = await givenVolume(house);
    const answer = await post(volumeId, { instance_uuid: server, connector });
    expect(attachmentOf(answer)).toMatchObject({ status: 'reserved', attach_mode: 'null', attached_at: '' });
    expect(attachmentOf(answer).connection_info).toMatchObject({ driver_volume_type: 'local' });
    expect(await show(attachmentOf(answer).id)).toMatchObject({ status: 'attaching', attach_mode: 'rw' });
    expect(attachmentOf(await post(await givenVolume(house), { connector: {} })).connection_info).toEqual({});
  });

  test('has the mode that was asked for, from 3.54 on beside the connector; of a read-only volume ro', async () => {
    const first = attachmentOf(await post(await givenVolume(house), { mode: 'ro', connector }));
    expect(first.attach_mode).toBe('ro');
    expect((await show(first.id)).attach_mode).toBe('ro');
    const second = attachmentOf(await post(await givenVolume(house), { connector: { ...connector, mode: 'ro' } }));
    expect((await show(second.id)).attach_mode).toBe('ro');
    const volumeId = await givenVolume(house);
    await decideFor(house, volumeId, { do: 'SetReadOnly', readOnly: true });
    expect(attachmentOf(await post(volumeId, { mode: 'rw' })).attach_mode).toBe('ro');
    expect((await post(volumeId, { mode: 'rw' }, at(53))).status).toBe(400);
  });

  test('is not known before 3.27, nor completed before 3.44', async () => {
    expect((await post(await givenVolume(house), {}, at(26))).status).toBe(404);
    expect((await house.api.get(path(), at(26))).status).toBe(404);
    const { id } = attachmentOf(await post(await givenVolume(house), { connector }));
    expect((await complete(id, at(43))).status).toBe(404);
    expect((await complete(id, at(44))).status).toBe(204);
  });

  test('of a volume for one server is refused to another one, and is allowed to the same: it may be migrating', async () => {
    const volumeId = await givenVolume(house);
    const id = await givenAttached(volumeId);
    expect(await post(volumeId, { instance_uuid: randomUUID() })).toMatchObject({
      status: 400,
      body: {
        badRequest: {
          message: `Invalid volume: Volume ${volumeId} status must be available to reserve, but the current status is in-use.`,
        },
      },
    });
    const second = await post(volumeId, { instance_uuid: server, connector: { ...connector, host: 'elsewhere' } });
    expect(second.status).toBe(200);
    const gone = await remove(id, asService);
    expect(gone.body).toEqual({
      attachments: [{ id: attachmentOf(second).id, status: 'attaching', instance: server, volume_id: volumeId }],
    });
    expect((await complete(attachmentOf(second).id)).status).toBe(204);
    expect(await statusOf(volumeId)).toBe('in-use');
  });

  test('twice with one connector for one server could not be told apart, and is refused', async () => {
    const volumeId = await givenVolume(house);
    await givenAttached(volumeId);
    expect((await post(volumeId, { instance_uuid: server, connector })).status).toBe(400);
    const { id } = attachmentOf(await post(volumeId, { instance_uuid: server }));
    expect(await put(id)).toMatchObject({
      status: 400,
      body: {
        badRequest: {
          message: `Unable to update attachment.(Invalid volume: duplicate connectors detected on volume ${volumeId}).`,
        },
      },
    });
  });

  test('of a volume for several is one of several, and the volume is in use until the last has gone', async () => {
    const volumeId = await givenVolume(house, { multiattach: true });
    const first = await givenAttached(volumeId, randomUUID());
    const second = await givenAttached(volumeId, randomUUID());
    expect((await shownVolume(volumeId))['attachments']).toHaveLength(2);
    await remove(first, asService);
    expect(await statusOf(volumeId)).toBe('in-use');
    await remove(second, asService);
    expect(await statusOf(volumeId)).toBe('available');
  });

  test('is not made of a volume in error', async () => {
    const volumeId = await givenVolume(house);
    const { id } = attachmentOf(await post(volumeId));
    await decideFor(house, volumeId, { do: 'ResetStatus', status: 'error_extending' });
    const sentence = (what: string) => expect.stringContaining(`can not be ${what} if the volume is in an error state`);
    expect(await post(volumeId)).toMatchObject({ status: 400, body: { badRequest: { message: sentence('created') } } });
    expect(await put(id)).toMatchObject({ status: 400, body: { badRequest: { message: sentence('updated') } } });
  });
});

describe('who waits for the host', () => {
  test('is told what went wrong; the attachment can be connected again, or deleted by anybody', async () => {
    await endHost?.();
    endHost = playHost(house.store, (step) =>
      step.do === 'connect' ? { do: 'RecordConnectFailure', attachmentId: step.attachment.id, failure } : undefined,
    );
    const volumeId = await givenVolume(house);
    const { id } = attachmentOf(await post(volumeId, { instance_uuid: server }));
    const failed = 'Unable to update attachment.(The backend failed to connect the volume).';
    expect(await put(id)).toMatchObject({ status: 500, body: { computeFault: { code: 500, message: failed } } });
    expect(await show(id)).toMatchObject({ status: 'error_attaching', connection_info: {} });
    expect(await statusOf(volumeId)).toBe('reserved');
    await endHost();
    endHost = playHost(house.store);
    expect((await put(id)).status).toBe(200);
    const other = await givenVolume(house);
    const reserved = attachmentOf(await post(other, { instance_uuid: server }));
    expect((await remove(reserved.id)).status).toBe(200);
    expect(await statusOf(other)).toBe('available');
  });

  test('for what the backend cannot do is told that the request is wrong', async () => {
    await endHost?.();
    const cannot = { code: 'backend.unsupported', reason: 'The backend of the volume cannot do it.' } as const;
    endHost = playHost(house.store, (step) =>
      step.do === 'connect'
        ? { do: 'RecordConnectFailure', attachmentId: step.attachment.id, failure: cannot }
        : undefined,
    );
    expect(await post(await givenVolume(house), { connector })).toMatchObject({
      status: 400,
      body: {
        badRequest: { message: 'Unable to create attachment for volume (The backend of the volume cannot do it).' },
      },
    });
  });

  test('is answered after a bounded time; what the host does later is recorded, and the attachment is found and used', async () => {
    await endHost?.();
    endHost = undefined;
    const hasty = await otherApi({ hostAnswers: new HostAnswers({ store: house.store, timeoutMs: 100 }) });
    try {
      const volumeId = await givenVolume(house);
      const body = { attachment: { volume_uuid: volumeId, instance_uuid: server, connector } };
      const silent = await hasty.post(path(), body, latest);
      expect(silent).toMatchObject({
        status: 500,
        body: { computeFault: { message: expect.stringContaining('has not answered in time') } },
      });
      const list = await house.api.get(`${path()}?volume_id=${volumeId}`, latest);
      const [left] = (list.body as { attachments: Attachment[] }).attachments;
      expect(JSON.stringify(silent.body)).toContain(left!.id);
      expect(left).toMatchObject({ status: 'attaching' });
      endHost = playHost(house.store);
      expect((await put(left!.id)).status).toBe(200);
      expect((await complete(left!.id)).status).toBe(204);
    } finally {
      await hasty.stop();
    }
  });

  test('may ask for the deletion again while the first is under way: both are answered when it is done', async () => {
    const volumeId = await givenVolume(house);
    const id = await givenAttached(volumeId);
    await endHost?.();
    endHost = undefined;
    const follow = jest.spyOn(house.store, 'follow');
    const waiting = [remove(id, asService), remove(id, asService), remove(id, asService)];
    await eventually(() => follow.mock.calls.length === waiting.length);
    follow.mockRestore();
    endHost = playHost(house.store);
    for (const answer of await Promise.all(waiting))
      expect(answer).toMatchObject({ status: 200, body: { attachments: [] } });
  });

  test('is told when another request has ended the attachment meanwhile', async () => {
    await endHost?.();
    endHost = undefined;
    const volumeId = await givenVolume(house);
    const { id } = attachmentOf(await post(volumeId, { instance_uuid: server }));
    const connecting = put(id);
    await eventually(async () => {
      const volume = await volumeOf(house.store, volumeId);
      return 'attachments' in volume && volume.attachments.get(id)?.status === 'connecting';
    });
    const deleting = remove(id);
    expect(await connecting).toMatchObject({
      status: 409,
      body: { conflictingRequest: { message: expect.stringContaining('ended the attachment meanwhile') } },
    });
    endHost = playHost(house.store);
    expect((await deleting).status).toBe(200);
    expect(await statusOf(volumeId)).toBe('available');
  });

  test('for a disconnection that fails is told so, and may try again', async () => {
    const volumeId = await givenVolume(house);
    const id = await givenAttached(volumeId);
    await endHost?.();
    endHost = playHost(house.store, (step) =>
      step.do === 'disconnect'
        ? { do: 'RecordDisconnectFailure', attachmentId: step.attachment.id, failure }
        : undefined,
    );
    expect(await remove(id, asService)).toMatchObject({ status: 500 });
    expect(await show(id)).toMatchObject({ status: 'error_detaching' });
    expect(await statusOf(volumeId)).toBe('in-use');
    await endHost();
    endHost = playHost(house.store);
    expect((await remove(id, asService)).status).toBe(200);
    expect(await statusOf(volumeId)).toBe('available');
  });
});

describe('what a server has', () => {
  const conflict = (instance: string) => ({
    status: 409,
    body: { conflictingRequest: { message: `Detach volume from instance ${instance} using the Compute API` } },
  });

  test('is only taken from it by a service, whoever asks', async () => {
    const volumeId = await givenVolume(house);
    const id = await givenAttached(volumeId);
    expect(await remove(id)).toMatchObject(conflict(server));
    expect(await remove(id, at(70, tokens.admin))).toMatchObject(conflict(server));
    const noService = at(70, tokens.member, { 'x-service-token': 'demo:ann:member' });
    expect(await remove(id, noService)).toMatchObject(conflict(server));
    expect(await statusOf(volumeId)).toBe('in-use');
    expect((await remove(id, asService)).status).toBe(200);
  });

  test('is not asked about where no server is named', async () => {
    const id = await givenAttached(await givenVolume(house), null);
    expect((await remove(id)).status).toBe(200);
  });

  test('may be taken by everybody who may, where that is configured', async () => {
    const open = await otherApi({ attachmentDeletesNeedService: false });
    try {
      const id = await givenAttached(await givenVolume(house));
      expect((await open.delete(path(id), at(70, tokens.reader))).status).toBe(403);
      expect((await open.delete(path(id), latest)).status).toBe(200);
    } finally {
      await open.stop();
    }
  });
});

describe('whatever a crashed client left behind', () => {
  const ways: readonly (readonly [string, (volumeId: string) => Promise<string>])[] = [
    ['reserved', async (volumeId) => attachmentOf(await post(volumeId, { instance_uuid: server })).id],
    ['connected', async (volumeId) => attachmentOf(await post(volumeId, { instance_uuid: server, connector })).id],
    ['attached', (volumeId) => givenAttached(volumeId)],
    [
      'error_attaching',
      async (volumeId) => {
        const { id } = attachmentOf(await post(volumeId, { instance_uuid: server }));
        await decideFor(house, volumeId, { do: 'ConnectAttachment', attachmentId: id, connector });
        await decideFor(house, volumeId, { do: 'RecordConnectFailure', attachmentId: id, failure }).catch(
          () => undefined,
        );
        return id;
      },
    ],
  ];

  test.each(ways)('an attachment that is %s can be deleted', async (_status, make) => {
    const volumeId = await givenVolume(house);
    expect((await remove(await make(volumeId), asService)).status).toBe(200);
    expect(await statusOf(volumeId)).toBe('available');
  });

  test.each(ways)('an attachment that is %s can be completed', async (_status, make) => {
    const volumeId = await givenVolume(house);
    const id = await make(volumeId);
    expect((await put(id)).status).toBe(200);
    expect((await complete(id)).status).toBe(204);
    expect(await statusOf(volumeId)).toBe('in-use');
  });

  test('what is only reserved is not completed', async () => {
    const { id } = attachmentOf(await post(await givenVolume(house)));
    expect(await complete(id)).toMatchObject({ status: 400, body: { badRequest: { code: 400 } } });
  });
});

describe('lists', () => {
  const ids = async (query: string, asking = latest, where = path()) => {
    const { body } = await house.api.get(`${where}${query}`, asking);
    return (body as { attachments: Attachment[] }).attachments.map(({ id }) => id);
  };

  test('are narrowed, sorted and paged, in detail or not', async () => {
    const volumeId = await givenVolume(house, { multiattach: true });
    const instance = randomUUID();
    const attached = await givenAttached(volumeId, instance);
    const reserved = attachmentOf(await post(volumeId, { instance_uuid: randomUUID() })).id;
    const mine = `?volume_id=${volumeId}`;
    expect(await ids(`${mine}&sort=status:asc`)).toEqual([attached, reserved]);
    expect(await ids(`${mine}&sort_key=attach_status&sort_dir=desc`)).toEqual([reserved, attached]);
    expect(await ids(mine)).toHaveLength(2);
    expect(await ids(`?instance_id=${instance}`)).toEqual([attached]);
    expect(await ids(`${mine}&status=reserved`)).toEqual([reserved]);
    expect(await ids(`${mine}&attach_status=attached`, at(27))).toEqual([attached]);
    expect(await ids(`${mine}&sort=status:desc&limit=1&marker=${reserved}`)).toEqual([attached]);
    const { body } = await house.api.get(`${path('detail')}${mine}&status=attached`, latest);
    expect(body).toEqual({ attachments: [await show(attached)] });
    const summary = await house.api.get(`${path()}${mine}&status=attached`, latest);
    expect(summary.body).toEqual({
      attachments: [{ id: attached, status: 'attached', instance, volume_id: volumeId }],
    });
  });

  test('hold nothing of other projects, but for administrators who ask', async () => {
    const { id } = attachmentOf(await post(await givenVolume(house)));
    const other = at(70, tokens.other);
    const others = '/v3/other/attachments';
    expect(await ids('?all_tenants=1', other, others)).not.toContain(id);
    expect((await house.api.get(`${others}/${id}`, other)).status).toBe(404);
    expect((await house.api.put(`${others}/${id}`, { attachment: { connector } }, other)).status).toBe(404);
    expect((await house.api.delete(`${others}/${id}`, other)).status).toBe(404);
    expect((await house.api.post(`${others}/${id}/action`, { 'os-complete': {} }, other)).status).toBe(404);
    const admin = at(70, tokens.admin);
    const all = '/v3/operators/attachments';
    expect(await ids('', admin, all)).not.toContain(id);
    expect(await ids('?all_tenants=1', admin, all)).toContain(id);
    expect(await ids('?all_tenants=1&project_id=other', admin, all)).not.toContain(id);
    expect(await ids('?all_tenants=1&project_id=demo', admin, all)).toContain(id);
  });

  test.each([
    ['?foo=bar', 31, 400],
    ['?foo=bar', 30, 200],
    ['?sort=nonsense', 70, 400],
    ['?limit=-1', 70, 400],
    ['?marker=nope', 70, 404],
    ['?with_count=true', 70, 400],
    ["?status=');drop table attachments;--", 70, 200],
    ['?volume_id=%00', 70, 400],
  ])('%s in 3.%i is answered with %i', async (query, minor, status) => {
    expect((await house.api.get(`${path()}${query}`, at(minor))).status).toBe(status);
  });
});

describe('bad input', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

  test.each<[string, unknown, number]>([
    ['nothing', undefined, 400],
    ['a list', [], 400],
    ['null', { attachment: null }, 400],
    ['no volume', { attachment: {} }, 400],
    ['a volume that is no id', { attachment: { volume_uuid: 'nope' } }, 400],
    ['a volume that is not there', { attachment: { volume_uuid: randomUUID() } }, 404],
    ['a server that is null', { attachment: { volume_uuid: randomUUID(), instance_uuid: null } }, 400],
    ['a server that is no id', { attachment: { volume_uuid: randomUUID(), instance_uuid: 'vm' } }, 400],
    ['an unknown key', { attachment: { volume_uuid: randomUUID(), nonsense: 1 } }, 400],
    ['an unknown mode', { attachment: { volume_uuid: randomUUID(), mode: 'null' } }, 400],
    ['a connector that is a text', { attachment: { volume_uuid: randomUUID(), connector: 'x' } }, 400],
    ['a connector with NUL', { attachment: { volume_uuid: randomUUID(), connector: { host: '\0' } } }, 400],
    [
      'a connector with half a character',
      { attachment: { volume_uuid: randomUUID(), connector: { '\ud800': 1 } } },
      400,
    ],
    ['a connector that is deep', { attachment: { volume_uuid: randomUUID(), connector: { a: deep(200) } } }, 400],
    [
      'a connector that is large',
      { attachment: { volume_uuid: randomUUID(), connector: { a: 'x'.repeat(70_000) } } },
      400,
    ],
    ['a mode of a connector', { attachment: { volume_uuid: randomUUID(), connector: { mode: 'wr' } } }, 400],
  ])('a create with %s is answered with %s', async (_what, body, status) => {
    expect((await house.api.post(path(), body, latest)).status).toBe(status);
  });

  test.each(['nope', randomUUID(), '*', '%00', "'--", '..%2f..', 'x'.repeat(299), 'summary'])(
    'of %s nothing is known',
    async (id) => {
      for (const answer of [
        await house.api.get(path(id), latest),
        await put(id),
        await complete(id),
        await remove(id),
      ]) {
        expect([400, 404]).toContain(answer.status);
      }
    },
  );

  test.each<unknown>([{}, { attachment: {} }, { attachment: { connector: {} } }, { attachment: { connector: null } }])(
    'an update with %j is answered with 400',
    async (body) => {
      const { id } = attachmentOf(await post(await givenVolume(house)));
      expect((await house.api.put(path(id), body, latest)).status).toBe(400);
    },
  );

  test('who may only read changes nothing', async () => {
    const volumeId = await givenVolume(house);
    const reader = at(70, tokens.reader);
    const { id } = attachmentOf(await post(volumeId));
    const answers = [await post(volumeId, {}, reader), await put(id, connector, reader), await complete(id, reader)];
    for (const answer of [...answers, await remove(id, reader)]) expect(answer.status).toBe(403);
    expect((await house.api.get(path(id), reader)).status).toBe(200);
  });
});
