import { planApps, planDigest, processNames, type StackPlan, wantedPorts } from './app-plan';

const plan = (changes: Partial<StackPlan> = {}): StackPlan => ({
  host: '127.0.0.1',
  natsUrl: 'nats://broker:4222',
  databaseUrl: 'postgresql://base/hearth',
  imageServiceUrl: 'http://images:9292',
  backendDirectory: '/var/volumes',
  scratchDirectory: '/var/scratch',
  volumeManagers: 1,
  ports: wantedPorts(changes.volumeManagers ?? 1),
  ...changes,
});

const named = (name: string, changes: Partial<StackPlan> = {}) => {
  const found = planApps(plan(changes)).find((app) => app.name === name);
  if (!found) throw new Error(`no ${name} in the plan`);
  return found;
};

test('a stack has the five apps, the api last because it takes requests', () => {
  expect(planApps(plan()).map(({ app }) => app)).toEqual([
    'notifier',
    'scheduler',
    'cache-janitor',
    'volume-manager',
    'api',
  ]);
});

test('two volume-managers are two hosts with a folder and a port each', () => {
  const managers = planApps(plan({ volumeManagers: 2 })).filter(({ app }) => app === 'volume-manager');
  expect(managers.map(({ env }) => env['HEARTH_HOST'])).toEqual(['store-01', 'store-02']);
  const directories = managers.map(
    ({ env }) => (JSON.parse(env['HEARTH_BACKENDS']!) as [{ options: { directory: string } }])[0].options.directory,
  );
  expect(directories).toEqual(['/var/volumes/store-01', '/var/volumes/store-02']);
  expect(new Set(managers.map(({ url }) => url)).size).toBe(2);
});

test('each process comes to NATS as its own user', () => {
  const apps = planApps(plan({ natsAccounts: '/var/nats', volumeManagers: 2 }));
  const seeds = apps.map(({ env }) => env['HEARTH_NATS_NKEY_SEED_FILE']);
  expect(seeds).toEqual(apps.map(({ name }) => `/var/nats/${name}/nkey.seed`));
  expect(new Set(seeds).size).toBe(6);
});

test('the api and the hosts share a folder of keys, where there is one, and nobody else knows it', () => {
  const keyed = (changes: Partial<StackPlan>) =>
    planApps(plan(changes)).flatMap(({ app, env }) => (env['HEARTH_VOLUME_KEYS_DIRECTORY'] === '/var/keys' ? app : []));
  expect(keyed({ keysDirectory: '/var/keys' })).toEqual(['volume-manager', 'api']);
  expect(keyed({})).toEqual([]);
});

test('no two processes are given the same port', () => {
  const ports = Object.values(wantedPorts(3));
  expect(ports).toHaveLength(processNames(3).length);
  expect(new Set(ports).size).toBe(ports.length);
});

test('only the api knows the database, and none but the api, the hosts and the janitor the image service', () => {
  const knowing = (variable: string) =>
    planApps(plan())
      .filter(({ env }) => variable in env)
      .map(({ app }) => app);
  expect(knowing('HEARTH_DATABASE_URL')).toEqual(['api']);
  expect(knowing('HEARTH_GLANCE_URL')).toEqual(['cache-janitor', 'volume-manager', 'api']);
});

test('the backend has its cache on, with an internal tenant, unless it is told otherwise', () => {
  const backend = (changes: Partial<StackPlan>) =>
    (JSON.parse(named('volume-manager-store-01', changes).env['HEARTH_BACKENDS']!) as [Record<string, unknown>])[0];
  expect(backend({})).toMatchObject({
    image_volume_cache_enabled: true,
    cinder_internal_tenant_project_id: 'hearth-internal',
  });
  expect(backend({ backendOptions: { image_volume_cache_enabled: false } })).toMatchObject({
    image_volume_cache_enabled: false,
  });
});

test('a setting for one process wins over one for its app, and that over one for all', () => {
  const env = { HEARTH_LOG_LEVEL: 'info' };
  const all = named('scheduler', { env });
  const app = named('scheduler', { env, envOf: { scheduler: { HEARTH_LOG_LEVEL: 'debug' } } });
  const one = named('volume-manager-store-01', {
    env,
    envOf: {
      'volume-manager': { HEARTH_LOG_LEVEL: 'debug' },
      'volume-manager-store-01': { HEARTH_LOG_LEVEL: 'warn' },
    },
  });
  expect([all, app, one].map((found) => found.env['HEARTH_LOG_LEVEL'])).toEqual(['info', 'debug', 'warn']);
});

test('a digest changes with a setting and with the bundle, and not with the order of settings', () => {
  const scheduler = named('scheduler');
  const reversed = { ...scheduler, env: Object.fromEntries(Object.entries(scheduler.env).reverse()) };
  expect(planDigest(reversed, '1')).toBe(planDigest(scheduler, '1'));
  expect(planDigest(scheduler, '2')).not.toBe(planDigest(scheduler, '1'));
  expect(planDigest(named('scheduler', { natsUrl: 'nats://other:4222' }), '1')).not.toBe(planDigest(scheduler, '1'));
});
