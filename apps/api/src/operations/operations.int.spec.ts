import type { HostReport, ServiceReport } from '@hearth/contracts';
import { serviceDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { tokens } from '../testing/test-api';

const at = '2026-11-21T00:51:42.123Z';
const cache = { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 } as const;
const report: HostReport = {
  host: 'store-01',
  incarnation: 'one',
  reportedAt: at,
  version: '0.1.0',
  pools: [
    {
      pool: 'store-01@fast#default' as PoolRef,
      availabilityZone: 'west',
      totalGib: 100.456,
      freeGib: 40.1,
      provisionedGib: 60,
      thin: true,
      oversubscriptionMax: 20,
      reservedPercent: 5,
      capabilities: { vendor_name: 'Hearth', storage_protocol: 'file', volume_backend_name: 'fast', multiattach: true },
      cloneMethod: 'reflink',
      cache,
    },
  ],
  down: [{ backend: 'slow', reason: 'the directory is gone' }],
};

const scheduler: ServiceReport = {
  binary: 'cinder-scheduler',
  host: 'control-01',
  incarnation: 'one',
  reportedAt: at,
  version: '0.1.0',
};

let house: DatabaseApi;
const admin = { token: tokens.admin };
const at370 = { ...admin, headers: { 'openstack-api-version': 'volume 3.70' } };

beforeAll(async () => {
  house = await startDatabaseApi({
    services: {
      hosts: { hosts: async () => new Map([[report.host, report]]) },
      processes: { services: async () => [scheduler] },
    },
  });
  const environment = { store: house.store, now: () => at, newId: randomUUID };
  for (const service of ['store-01@fast', 'store-02@old']) {
    const command = { do: 'ReportCacheSettings', service, pools: [`${service}#default`], cache } as const;
    await runCommand(environment, serviceDecider, { category: 'service', id: service }, command);
  }
  await house.caughtUp();
}, 60_000);
afterAll(() => house.stop());

const path = (rest: string) => `/v3/operators/${rest}`;

describe('services', () => {
  test('are those that report and those that the log knows; 3.70 tells all of each', async () => {
    const { body } = await house.api.get(path('os-services'), at370);
    expect(body).toEqual({
      services: [
        {
          binary: 'cinder-scheduler',
          host: 'control-01',
          zone: 'nova',
          status: 'enabled',
          state: 'up',
          updated_at: '2026-11-21T00:51:42.000000',
          cluster: null,
          disabled_reason: null,
        },
        service('store-01@fast', { zone: 'west', state: 'up', backend_state: 'up' }),
        service('store-01@slow', { state: 'up', backend_state: 'down' }),
        service('store-02@old', { state: 'down', backend_state: 'down', updated_at: expect.any(String) }),
      ],
    });
  });

  test('an older client is told less', async () => {
    const { body } = await house.api.get(path('os-services'), admin);
    const [, first] = (body as { services: object[] }).services;
    expect(first).not.toHaveProperty('cluster');
    expect(first).not.toHaveProperty('backend_state');
  });

  test('of one host are asked for by the host or by its backend', async () => {
    expect(await hostsOf('host=store-01')).toEqual(['store-01@fast', 'store-01@slow']);
    expect(await hostsOf('host=store-02@old&binary=cinder-volume')).toEqual(['store-02@old']);
    expect(await hostsOf('binary=cinder-backup')).toEqual([]);
  });

  test('one that is disabled says so, with its reason, until it is enabled again', async () => {
    const named = { host: 'store-01@fast', binary: 'cinder-volume' };
    const disabled = await house.api.put(
      path('os-services/disable-log-reason'),
      { ...named, disabled_reason: 'disks' },
      at370,
    );
    expect(disabled).toMatchObject({
      status: 200,
      body: { disabled_reason: 'disks', disabled: true, service: '', status: 'disabled', ...named },
    });
    expect((await listed('store-01@fast'))[0]).toMatchObject({ status: 'disabled', disabled_reason: 'disks' });
    const enabled = await house.api.put(path('os-services/enable'), named, at370);
    expect(enabled.body).toEqual({ disabled: false, service: '', status: 'enabled', ...named });
    expect((await listed('store-01@fast'))[0]).toMatchObject({ status: 'enabled', disabled_reason: null });
  });

  test.each([
    ['disable', { host: 'nowhere@fast', binary: 'cinder-volume' }, 404],
    ['disable', { host: 'a\0b', binary: 'cinder-volume' }, 400],
    ['disable', { host: 'store-01@fast' }, 400],
    ['disable', { binary: 'cinder-volume' }, 400],
    ['disable', { host: 'store-01', binary: 'cinder-scheduler' }, 400],
    ['disable-log-reason', { host: 'store-01@fast', binary: 'cinder-volume' }, 400],
    ['disable-log-reason', { host: 'store-01@fast', binary: 'cinder-volume', disabled_reason: '' }, 400],
    ['enable', { host: 'store-01@fast', binary: 'cinder-volume', more: 1 }, 400],
  ])('%s of %j is refused with %i', async (verb, body, status) => {
    expect((await house.api.put(path(`os-services/${verb}`), body, admin)).status).toBe(status);
  });
});

test('hosts are listed by service and zone, and one shows what is on it', async () => {
  const { body } = await house.api.get(path('os-hosts?zone=west'), admin);
  expect(body).toEqual({
    hosts: [
      {
        host_name: 'store-01@fast',
        service: 'cinder-volume',
        zone: 'west',
        'service-status': 'available',
        'service-state': 'enabled',
        'last-update': '2026-11-21T00:51:42.000000',
      },
    ],
  });
  const shown = await house.api.get(path('os-hosts/store-01@fast'), admin);
  const nothing = { volume_count: '0', total_volume_gb: '0', snapshot_count: '0', total_snapshot_gb: '0' };
  expect(shown.body).toEqual({ host: [{ resource: { host: 'store-01@fast', project: '(total)', ...nothing } }] });
  expect((await house.api.get(path('os-hosts/nowhere'), admin)).status).toBe(404);
});

test('zones are available while a service in them reports; everybody may see them', async () => {
  const { body } = await house.api.get('/v3/demo/os-availability-zone', { token: tokens.reader });
  expect(body).toEqual({
    availabilityZoneInfo: [
      { zoneName: 'nova', zoneState: { available: true } },
      { zoneName: 'west', zoneState: { available: true } },
    ],
  });
});

test('a zone in which no backend is, but an app that works for all, is none', async () => {
  const west = { ...report, down: [] };
  const apart = await startDatabaseApi({
    services: {
      hosts: { hosts: async () => new Map([[west.host, west]]) },
      processes: { services: async () => [scheduler] },
    },
  });
  try {
    const { body } = await apart.api.get('/v3/demo/os-availability-zone', { token: tokens.reader });
    expect(body).toEqual({ availabilityZoneInfo: [{ zoneName: 'west', zoneState: { available: true } }] });
  } finally {
    await apart.stop();
  }
}, 60_000);

test('pools are listed by name, and in detail with what they report', async () => {
  const plain = await house.api.get(path('scheduler-stats/get_pools'), admin);
  expect(plain.body).toEqual({ pools: [{ name: 'store-01@fast#default' }] });
  const detail = await house.api.get(path('scheduler-stats/get_pools?detail=True'), admin);
  expect(detail.body).toMatchObject({
    pools: [
      {
        name: 'store-01@fast#default',
        capabilities: {
          vendor_name: 'Hearth',
          storage_protocol: 'file',
          total_capacity_gb: 100.46,
          free_capacity_gb: 40.1,
          allocated_capacity_gb: 60,
          reserved_percentage: 5,
          max_over_subscription_ratio: '20',
          thin_provisioning_support: true,
          backend_state: 'up',
        },
      },
    ],
  });
  const named = { ...admin, headers: { 'openstack-api-version': 'volume 3.28' } };
  expect((await house.api.get(path('scheduler-stats/get_pools?name=other'), named)).body).toEqual({ pools: [] });
  expect((await house.api.get(path('scheduler-stats/get_pools?detail=perhaps'), admin)).status).toBe(400);
});

test('pools are narrowed by what resource_filters says, and by nothing else from 3.31 on', async () => {
  const asked = (minor: number, query: string) =>
    house.api.get(path(`scheduler-stats/get_pools?${query}`), {
      ...admin,
      headers: { 'openstack-api-version': `volume 3.${minor}` },
    });
  expect(await asked(31, 'detail=True&pool=x')).toMatchObject({
    status: 400,
    body: { badRequest: { message: 'Invalid filters pool are found in query options.' } },
  });
  expect((await asked(27, 'pool=x')).body).toEqual({ pools: [{ name: 'store-01@fast#default' }] });
});

test('a backend tells what it can; an unknown one is not found', async () => {
  const { body } = await house.api.get(path('capabilities/store-01@fast'), admin);
  expect(body).toMatchObject({
    namespace: 'OS::Storage::Capabilities::store-01@fast',
    vendor_name: 'Hearth',
    pool_name: null,
    replication_targets: [],
    properties: { thin_provisioning: { type: 'boolean' } },
  });
  expect((await house.api.get(path('capabilities/store-01@none'), admin)).status).toBe(404);
});

test('extensions are listed and shown by their alias', async () => {
  const { body } = await house.api.get('/v3/demo/extensions');
  expect((body as { extensions: object[] }).extensions).toContainEqual(
    expect.objectContaining({ alias: 'os-services', links: [] }),
  );
  expect((await house.api.get('/v3/demo/extensions/os-services')).body).toMatchObject({
    extension: { name: 'Services' },
  });
  expect((await house.api.get('/v3/demo/extensions/nonsense')).status).toBe(404);
});

test('there are no clusters, and nothing waits to be cleaned up', async () => {
  expect((await house.api.get(path('clusters/detail'), at370)).body).toEqual({ clusters: [] });
  expect((await house.api.get(path('clusters'), admin)).status).toBe(404);
  expect((await house.api.get(path('clusters/any'), at370)).status).toBe(404);
  const cleaned = await house.api.post(path('workers/cleanup'), {}, at370);
  expect(cleaned).toMatchObject({ status: 202, body: { cleaning: [], unavailable: [] } });
  expect((await house.api.post(path('workers/cleanup'), { binary: 'cinder-api' }, at370)).status).toBe(400);
});

test('nobody but an administrator sees hosts, pools and services', async () => {
  for (const one of ['os-services', 'os-hosts', 'scheduler-stats/get_pools', 'capabilities/store-01@fast']) {
    expect((await house.api.get(`/v3/demo/${one}`)).status).toBe(403);
  }
});

const service = (host: string, fields: object) => ({
  binary: 'cinder-volume',
  host,
  zone: 'nova',
  status: 'enabled',
  updated_at: '2026-11-21T00:51:42.000000',
  cluster: null,
  disabled_reason: null,
  replication_status: 'disabled',
  active_backend_id: null,
  frozen: false,
  ...fields,
});

async function listed(host: string): Promise<readonly { host: string }[]> {
  const { body } = await house.api.get(path(`os-services?host=${host}`), at370);
  return (body as { services: { host: string }[] }).services;
}

async function hostsOf(query: string): Promise<string[]> {
  const { body } = await house.api.get(path(`os-services?${query}`), admin);
  return (body as { services: { host: string }[] }).services.map(({ host }) => host);
}
