import { runCommand, StoreUnavailableError } from '@hearth/event-sourcing';
import { volumeDecider, type VolumeCommand } from '@hearth/domain';
import type { PoolRef } from '@hearth/kernel';
import { ReadModelUnavailableError } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { TestApi, tokens } from '../testing/test-api';
import { imageVolumeId, volumeId, volumeRow } from '../testing/volume-rows';

let api: TestApi;
beforeEach(async () => {
  api = await TestApi.start();
});
afterEach(() => api.stop());

const pool = 'store-01@fast#pool' as PoolRef;
const missing = '00000000-0000-4000-8000-00000000dead';

async function record(id: string, ...commands: VolumeCommand[]) {
  const environment = { store: api.store, now: () => '2026-11-21T00:00:00.000Z', newId: randomUUID };
  for (const command of commands) await runCommand(environment, volumeDecider, { category: 'volume', id }, command);
}

/** A volume in the log, by way of the api; creating. */
async function requested(): Promise<string> {
  const { body } = await api.post('/v3/demo/volumes', { volume: { size: 1 } });
  return (body as { volume: { id: string } }).volume.id;
}

/** The same, provisioned. */
async function available(): Promise<string> {
  const id = await requested();
  await record(
    id,
    { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] },
    { do: 'RecordProvisioned', pool, bootable: false, imageMetadata: {}, decision: null },
  );
  return id;
}

describe('GET a volume', () => {
  test('shows it to its project, without what is for administrators', async () => {
    api.reads.volumes = [volumeRow()];
    const { status, body } = await api.get(`/v3/demo/volumes/${volumeId}`);
    expect([status, body]).toMatchObject([200, { volume: { id: volumeId, 'os-vol-tenant-attr:tenant_id': 'demo' } }]);
    expect(body).not.toHaveProperty('volume.os-vol-host-attr:host');
    expect(body).not.toHaveProperty('volume.migration_status');
  });

  test('shows every volume to an administrator, with its place', async () => {
    api.reads.volumes = [volumeRow()];
    const { body } = await api.get(`/v3/operators/volumes/${volumeId}`, { token: tokens.admin });
    expect(body).toMatchObject({ volume: { 'os-vol-host-attr:host': pool } });
  });

  test.each([volumeId, missing, 'nonsense', '%00', 'x'.repeat(250)])(
    'knows nothing of %s of another project',
    async (id) => {
      api.reads.volumes = [volumeRow()];
      const answer = await api.get(`/v3/other/volumes/${id}`, { token: tokens.other });
      expect(answer).toMatchObject({ status: 404, body: { itemNotFound: { code: 404 } } });
    },
  );

  test('answers 503 while the database is away', async () => {
    api.reads.failure = new ReadModelUnavailableError('a query failed', new Error('connect ECONNREFUSED'));
    const answer = await api.get(`/v3/demo/volumes/${volumeId}`);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { serviceUnavailable: {} } });
  });
});

describe('GET volumes', () => {
  test('reads its own project only, whatever a user asks for', async () => {
    await api.get('/v3/demo/volumes?all_tenants=1&project_id=other&host=x');
    expect(api.reads.listed).toMatchObject({ project: { id: 'demo' }, filters: {}, limit: 1000, offset: 0 });
  });

  test('reads all projects, or a named one, for an administrator', async () => {
    await api.get('/v3/operators/volumes?all_tenants=1', { token: tokens.admin });
    expect(api.reads.listed?.project).toBe('all');
    await api.get('/v3/operators/volumes/detail?all_tenants=1&project_id=demo', { token: tokens.admin });
    expect(api.reads.listed?.project).toEqual({ id: 'demo' });
  });

  test('hands filters, order and page on', async () => {
    const query = 'status=available&name=a&bootable=true&metadata={"k":"v"}&sort=size:asc,name&limit=5000&offset=2';
    await api.get(`/v3/demo/volumes?${query}`);
    expect(api.reads.listed).toMatchObject({
      filters: { status: 'available', name: 'a', bootable: true, metadata: { k: 'v' } },
      sort: [
        { by: 'sizeGib', direction: 'asc' },
        { by: 'name', direction: 'desc' },
      ],
      limit: 1000,
      offset: 2,
    });
  });

  test('is empty for a filter that no volume can match, without asking the rows', async () => {
    const answer = await api.get('/v3/demo/volumes/detail?group_id=x&with_count=1', {
      headers: { 'openstack-api-version': 'volume 3.45' },
    });
    expect([answer.body, api.reads.listed]).toEqual([{ volumes: [], count: 0 }, undefined]);
  });

  test.each(['limit=-1', 'limit=x', 'offset=-2', 'sort=x:asc', 'sort=name:up', 'sort=name&sort_key=name', 'name=%00'])(
    'refuses %s',
    async (query) => {
      expect(await api.get(`/v3/demo/volumes?${query}`)).toMatchObject({ status: 400, body: { badRequest: {} } });
    },
  );

  test.each([
    ['bootable=maybe', 2, "Invalid input received: 'bootable = maybe'"],
    ['name~=a', 34, 'Invalid filters name~ are found in query options.'],
    ['foo=1&bar=2', 31, 'Invalid filters foo,bar are found in query options.'],
    ['%C3%A9=1', 31, 'Filter keys can only contain ASCII characters.'],
    ['created_at=2026', 60, 'Invalid 2026 operator'],
    ['created_at=gt:yesterday', 60, 'Invalid yesterday value'],
    ['created_at=gt:0000-01-01', 60, 'Invalid 0000-01-01 value'],
    ['created_at=gt:0001-01-01T00:00:00%2B01:00', 60, 'Invalid 0001-01-01T00:00:00+01:00 value'],
    ['consumes_quota=maybe', 65, "Value 'maybe' for 'use_quota' is not a boolean."],
    ['with_count=maybe', 45, "Value 'maybe' for 'with_count' is not a boolean."],
  ])('refuses %s from 3.%i on', async (query, minor, sentence) => {
    const ask = (asked: number) =>
      api.get(`/v3/demo/volumes?${query}`, { headers: { 'openstack-api-version': `volume 3.${asked}` } });
    const answer = await ask(minor);
    expect([answer.status, answer.body]).toMatchObject([400, { badRequest: { message: sentence } }]);
    if (minor < 31) expect((await ask(minor - 1)).status).toBe(200);
  });

  test('an administrator narrows by every column, and by what names hold', async () => {
    const query = `host=a@b&user_id=ann&name~=im&size=2&status=['error','available']&migration_status=None`;
    await api.get(`/v3/operators/volumes?all_tenants=1&${query}`, {
      token: tokens.admin,
      headers: { 'openstack-api-version': 'volume 3.34' },
    });
    expect(api.reads.listed).toMatchObject({
      project: 'all',
      filters: {
        host: 'a@b',
        userId: 'ann',
        like: { name: 'im' },
        sizeGib: [2],
        status: ['error', 'available'],
        isMigration: false,
      },
    });
  });

  test('instants are compared in UTC, from 3.31 on', async () => {
    const query = 'created_at=gt:2026-01-01T00:00:00,lte:2026-02-01T00:00:00%2B01:00';
    await api.get(`/v3/demo/volumes?${query}`, { headers: { 'openstack-api-version': 'volume 3.31' } });
    expect(api.reads.listed?.filters).toEqual({
      createdAt: { gt: '2026-01-01T00:00:00.000Z', lte: '2026-01-31T23:00:00.000Z' },
    });
    await api.get(`/v3/demo/volumes?${query}`);
    expect(api.reads.listed?.filters).toEqual({});
  });

  test.each(['__proto__=1', 'constructor=1', 'foo=bar'])('leaves %s out for a user', async (query) => {
    expect((await api.get(`/v3/demo/volumes?${query}`)).status).toBe(200);
    expect(api.reads.listed?.filters).toEqual({});
  });
});

describe('DELETE a volume', () => {
  test('accepts it with an empty body, and once more while it is going', async () => {
    const id = await available();
    for (const _time of ['once', 'again']) {
      const answer = await api.delete(`/v3/demo/volumes/${id}`);
      expect([answer.status, answer.text]).toEqual([202, '']);
    }
  });

  test('a volume that is being created is refused in the words of Cinder', async () => {
    const answer = await api.delete(`/v3/demo/volumes/${await requested()}`);
    expect(answer).toMatchObject({
      status: 400,
      body: {
        badRequest: { message: expect.stringMatching(/^Invalid volume: Volume status must be available or error or/) },
      },
    });
  });

  test('a volume that is gone is not found', async () => {
    const id = await available();
    await api.delete(`/v3/demo/volumes/${id}`);
    await record(id, { do: 'RecordDeleted' });
    expect(await api.delete(`/v3/demo/volumes/${id}`)).toMatchObject({ status: 404, body: { itemNotFound: {} } });
  });

  test("another project's volume is not found, and stays", async () => {
    const id = await available();
    expect((await api.delete(`/v3/other/volumes/${id}`, { token: tokens.other })).status).toBe(404);
    expect((await api.delete(`/v3/demo/volumes/${id}`)).status).toBe(202);
  });

  test("an image-volume is not found by tenants, and is no affair of its own project's members", async () => {
    api.reads.volumes = [volumeRow({ id: imageVolumeId, internal: true, projectId: 'internal' })];
    expect((await api.delete(`/v3/demo/volumes/${imageVolumeId}`)).status).toBe(404);
    const mia = { token: 'internal:mia:member' };
    expect((await api.delete(`/v3/internal/volumes/${imageVolumeId}`, mia)).status).toBe(403);
  });

  test('a reader deletes nothing', async () => {
    const id = await available();
    expect((await api.delete(`/v3/demo/volumes/${id}`, { token: tokens.reader })).status).toBe(403);
  });

  test('answers 503 while the log is away', async () => {
    api.store.read = () => {
      throw new StoreUnavailableError('no answer');
    };
    const answer = await api.delete(`/v3/demo/volumes/${missing}`);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });
});

describe('explain', () => {
  test('tells the owner what was decided and what it cost, not where things are', async () => {
    api.reads.volumes = [volumeRow({ deletedAt: '2026-11-22T00:00:00.000Z' })];
    const answer = await api.get(`/v3/demo/volumes/${volumeId}/explain`);
    expect(answer).toMatchObject({
      status: 200,
      body: { explanation: { decision: { outcome: 'hit', bytes_downloaded: 0, clone_method: 'reflink' } } },
    });
    expect(answer.text).not.toContain(pool);
  });

  test('tells an administrator where, too', async () => {
    api.reads.volumes = [volumeRow()];
    const { body } = await api.get(`/v3/operators/volumes/${volumeId}/explain`, { token: tokens.admin });
    expect(body).toMatchObject({ explanation: { decision: { entry: { pool } }, placements: [{ pool }] } });
  });

  test('tells everybody where the bytes came from, and administrators which hosts were asked', async () => {
    const source = { kind: 'peer', host: 'store-02', declined: [{ host: 'store-03', reason: 'busy' }] };
    const row = volumeRow();
    api.reads.volumes = [
      { ...row, decision: row.decision && { ...row.decision, outcome: 'miss', source: { ...source, kind: 'peer' } } },
    ];
    const { body, text } = await api.get(`/v3/demo/volumes/${volumeId}/explain`);
    expect(body).toMatchObject({ explanation: { decision: { source: { kind: 'peer' } } } });
    expect(text).not.toMatch(/store-0[23]/);
    const all = await api.get(`/v3/operators/volumes/${volumeId}/explain`, { token: tokens.admin });
    expect(all.body).toMatchObject({ explanation: { decision: { source } } });
    expect(all.text).toContain("0 bytes came from another host's copy for it");
  });

  test("knows nothing of another project's volume", async () => {
    api.reads.volumes = [volumeRow()];
    expect((await api.get(`/v3/other/volumes/${volumeId}/explain`, { token: tokens.other })).status).toBe(404);
  });
});
