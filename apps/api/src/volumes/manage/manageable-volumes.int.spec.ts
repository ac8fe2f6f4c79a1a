import type { HostReport } from '@hearth/contracts';
import { serviceDecider, volumeDecider } from '@hearth/domain';
import { examplePool } from '@hearth/domain/testing';
import { readState, runCommand } from '@hearth/event-sourcing';
import { setQuotaLimits } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../../testing/database-api';
import { givenVolume } from '../../testing/given-volume';
import { type Answer, messageOf, tokens } from '../../testing/test-api';

let house: DatabaseApi;
const cache = { state: 'disabled', reason: 'off', maxSizeGib: 0, maxCount: 0 } as const;
const pool = (name: string): HostReport['pools'][number] => ({
  ...{ pool: name as typeof examplePool, availabilityZone: 'nova', totalGib: 100, freeGib: 90, provisionedGib: 1 },
  ...{ thin: true, oversubscriptionMax: 20, reservedPercent: 0, cloneMethod: 'reflink', cache },
  capabilities: { volume_backend_name: 'fast' },
});
const report: HostReport = {
  ...{ host: 'store-01', incarnation: 'one', reportedAt: '2026-11-21T00:00:00.000Z', version: '0.1.0', down: [] },
  pools: [pool(examplePool), pool('store-01@slow#one'), pool('store-01@slow#two')],
};

beforeAll(async () => {
  house = await startDatabaseApi({ services: { hosts: { hosts: async () => new Map([['store-01', report]]) } } });
}, 60_000);
afterAll(() => house.stop());
beforeEach(() => {
  house.api.manageable.answers.clear();
});

const path = '/v3/operators/manageable_volumes';
const asAdmin = { token: tokens.admin, headers: { 'openstack-api-version': 'volume 3.8' } };
const refusal = (answer: Answer) => [answer.status, messageOf(answer)];
const lays = (...objects: { sourceName: string; sizeGib: number }[]) =>
  void house.api.manageable.answers.set(examplePool, { objects });
const list = (query: string, detail = '') => house.api.get(`${path}${detail}?${query}`, asAdmin);
const names = ({ body }: Answer) =>
  (body as Record<string, { reference: Record<string, string> }[]>)['manageable-volumes']!.map(
    ({ reference }) => reference['source-name'],
  );

describe('what could become a volume', () => {
  test('is listed with its size, and what is one already is not safe', async () => {
    const id = await givenVolume(house);
    lays({ sourceName: 'foreign.img', sizeGib: 3 }, { sourceName: `volume-${id}`, sizeGib: 1 });
    const { status, body } = await list(`host=${encodeURIComponent(examplePool)}`, '/detail');
    expect([status, body]).toEqual([
      200,
      {
        'manageable-volumes': [
          {
            ...{ reference: { 'source-name': `volume-${id}` }, size: 1, safe_to_manage: false },
            ...{ reason_not_safe: 'already managed', cinder_id: id, extra_info: null },
          },
          {
            ...{ reference: { 'source-name': 'foreign.img' }, size: 3, safe_to_manage: true },
            ...{ reason_not_safe: null, cinder_id: null, extra_info: null },
          },
        ],
      },
    ]);
    expect((await list(`host=${encodeURIComponent(examplePool)}`)).body).toEqual({
      'manageable-volumes': [
        { reference: { 'source-name': `volume-${id}` }, size: 1, safe_to_manage: false },
        { reference: { 'source-name': 'foreign.img' }, size: 3, safe_to_manage: true },
      ],
    });
  });

  test('comes in pages, in the order that is asked for', async () => {
    lays({ sourceName: 'a', sizeGib: 2 }, { sourceName: 'b', sizeGib: 1 }, { sourceName: 'c', sizeGib: 2 });
    const host = 'host=store-01@fast';
    expect(names(await list(host))).toEqual(['c', 'b', 'a']);
    expect(names(await list(`${host}&sort=size:asc,reference:desc`))).toEqual(['b', 'c', 'a']);
    expect(names(await list(`${host}&sort_key=reference&sort_dir=asc&limit=1&offset=1`))).toEqual(['b']);
    const marker = encodeURIComponent('{"source-name": "b"}');
    expect(names(await list(`${host}&marker=${marker}`))).toEqual(['a']);
  });

  test.each([
    ['', 400, 'Invalid input received: Host field is missing.'],
    ['host=nowhere@fast', 404, 'Service cinder-volume could not be found on host nowhere@fast.'],
    ['host=store-01@fast&sort=name', 400, 'Invalid sort keys passed: name'],
    ['host=store-01@fast&sort=size:up', 400, 'Invalid sort dirs passed: up'],
    [
      'host=store-01@fast&marker=x',
      400,
      'Invalid input received: marker x can not be analysed, please use json like format',
    ],
    ['host=store-01@fast&marker={}', 400, 'Invalid input received: marker not found: {}'],
    ['host=store-01@fast&limit=-1', 400, 'limit param must be positive'],
  ])('%s is answered with %i', async (query, status, sentence) => {
    lays({ sourceName: 'a', sizeGib: 2 });
    expect(refusal(await list(query))).toEqual([status, sentence]);
  });

  test('nothing, where the backend can take nothing over; 503 while the host is silent', async () => {
    house.api.manageable.answers.set(examplePool, { error: { code: 'unsupported', reason: 'not this one' } });
    expect((await list('host=store-01@fast')).body).toEqual({ 'manageable-volumes': [] });
    house.api.manageable.answers.clear();
    expect(await list('host=store-01@fast')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  test('is for administrators, from 3.8 on; by its older path always', async () => {
    lays();
    expect((await house.api.get(`/v3/demo/manageable_volumes?host=store-01@fast`)).status).toBe(404);
    const asMember = { headers: { 'openstack-api-version': 'volume 3.8' } };
    expect((await house.api.get(`/v3/demo/manageable_volumes?host=store-01@fast`, asMember)).status).toBe(403);
    const older = '/v3/operators/os-volume-manage';
    expect((await house.api.get(`${older}?host=store-01@fast`, { token: tokens.admin })).status).toBe(200);
    expect((await house.api.get(`${older}/detail?host=store-01@fast`, { token: tokens.admin })).status).toBe(200);
  });
});

describe('taking over', () => {
  const manage = (volume: object, asking: object = asAdmin) => house.api.post(path, { volume }, asking);

  test('makes a volume of what is there, as large as it is', async () => {
    lays({ sourceName: 'foreign.img', sizeGib: 3 });
    const ref = { 'source-name': 'foreign.img' };
    const answer = await manage({ host: 'store-01@fast', ref, name: 'mine', bootable: true, metadata: { a: 'b' } });
    const { volume } = answer.body as { volume: Record<string, unknown> };
    expect([answer.status, volume]).toMatchObject([
      202,
      { status: 'managing', size: 3, name: 'mine', bootable: 'true', metadata: { a: 'b' }, availability_zone: 'nova' },
    ]);
    const { state } = await readState(house.store, volumeDecider, { category: 'volume', id: String(volume['id']) });
    expect(state).toMatchObject({
      status: 'requested',
      request: { source: { kind: 'existing', sourceName: 'foreign.img', pool: examplePool }, sizeGib: 3 },
    });
  });

  test('what is not there, is a volume already, or has no pool is refused, and nothing is stored', async () => {
    const id = await givenVolume(house);
    lays({ sourceName: `volume-${id}`, sizeGib: 1 });
    const before = await house.store.lastSequence();
    const host = 'store-01@fast';
    expect(refusal(await manage({ host, ref: { 'source-name': 'x' } }))).toEqual([
      400,
      "Manage existing volume failed due to invalid backend reference {'source-name': 'x'}: " +
        `${examplePool} has nothing of this name that could be taken over.`,
    ]);
    expect(refusal(await manage({ host, ref: { 'source-name': `volume-${id}` } }))).toEqual([
      400,
      'Invalid volume: Unable to manage existing volume. The volume is already managed',
    ]);
    expect(refusal(await manage({ host: 'store-01@slow', ref: { 'source-name': 'x' } }))).toEqual([
      400,
      'Invalid input received: store-01@slow has several pools; name one as host@backend#pool.',
    ]);
    expect(refusal(await manage({ host, ref: { 'source-name': 'x' }, volume_type: 'nope' }))).toEqual([
      400,
      "Invalid volume type: Cannot find requested 'nope' volume type",
    ]);
    expect(await house.store.lastSequence()).toBe(before);
  });

  test.each([
    { host: 'store-01@fast' },
    { host: 'store-01@fast', ref: {} },
    { host: 'store-01@fast', ref: 'volume-1' },
    { host: 'store-01@fast', ref: { 'source-name': 1 } },
    { ref: { 'source-name': 'x' } },
    { host: 'a b', ref: { 'source-name': 'x' } },
    { host: 'store-01@fast', ref: { 'source-name': 'x' }, size: 1 },
    { host: 'store-01@fast', ref: { 'source-name': '\0' } },
  ])('%j is refused', async (volume) => {
    expect((await manage(volume)).status).toBe(400);
  });

  test('there are no clusters', async () => {
    const at16 = { token: tokens.admin, headers: { 'openstack-api-version': 'volume 3.16' } };
    const ref = { 'source-name': 'x' };
    expect(refusal(await manage({ cluster: 'c@d', ref }, at16))).toEqual([400, "Cluster 'c@d' not found"]);
    expect(refusal(await manage({ cluster: 'c@d', host: 'store-01@fast', ref }, at16))).toEqual([
      400,
      'Invalid input received: One and only one of cluster and host must be set.',
    ]);
  });

  test('counts against the quota of who takes over', async () => {
    lays({ sourceName: 'large.img', sizeGib: 50 });
    await setQuotaLimits(house.database, 'operators', { gigabytes: 10 });
    const answer = await manage({ host: 'store-01@fast', ref: { 'source-name': 'large.img' } });
    expect(answer.status).toBe(413);
    await setQuotaLimits(house.database, 'operators', { gigabytes: 1_000 });
  });

  test('a backend that is disabled is left alone', async () => {
    const environment = { store: house.store, now: () => '2026-11-21T00:00:00.000Z', newId: randomUUID };
    const service = 'store-01@fast';
    const stream = { category: 'service', id: service } as const;
    await runCommand(environment, serviceDecider, stream, { do: 'DisableService', service, reason: 'disks' });
    expect(refusal(await list('host=store-01@fast'))).toEqual([400, 'Service is unavailable at this time.']);
  });
});
