import { defaultCacheRules } from '@hearth/contracts';
import { backendSchema, cacheSettings, configWarnings } from './backend.config';
import { backendsSchema } from './resolve-backends';

const backend = (options: Record<string, unknown> = {}) =>
  backendSchema.parse({ name: 'fast', driver: 'file', ...options });
const tenant = { cinder_internal_tenant_project_id: 'internal', cinder_internal_tenant_user_id: 'hearth' };

test('the cache is off unless it is switched on', () =>
  expect(cacheSettings(backend(tenant), { canClone: true })).toMatchObject({
    state: 'disabled',
    maxSizeGib: 0,
    maxCount: 0,
  }));
test('switched on with an internal tenant it is enabled', () =>
  expect(
    cacheSettings(backend({ ...tenant, image_volume_cache_enabled: true, image_volume_cache_max_size_gb: 7 }), {
      canClone: true,
    }),
  ).toEqual({
    ...{ state: 'enabled', reason: null, internalProjectId: tenant.cinder_internal_tenant_project_id },
    ...{ maxSizeGib: 7, maxCount: 0, ...defaultCacheRules },
  }));
test('without an internal tenant it is misconfigured and names what is missing', () =>
  expect(
    cacheSettings(backend({ image_volume_cache_enabled: true, cinder_internal_tenant_user_id: 'hearth' }), {
      canClone: true,
    }),
  ).toMatchObject({ state: 'misconfigured', reason: 'cinder_internal_tenant_project_id must be set' }));
test('a driver that cannot clone has no cache, and says so', () =>
  expect(cacheSettings(backend({ ...tenant, image_volume_cache_enabled: true }), { canClone: false }).state).toBe(
    'misconfigured',
  ));
test('the old name of the count limit is understood, with a warning; the right name wins', () => {
  const old = backend({ image_volume_cache_max_size_count: 5 });
  expect(cacheSettings(old, { canClone: true }).maxCount).toBe(5);
  expect(configWarnings(old)).toContain(
    'image_volume_cache_max_size_count is an old name: write image_volume_cache_max_count',
  );
  const both = backend({ image_volume_cache_max_size_count: 5, image_volume_cache_max_count: 3 });
  expect(cacheSettings(both, { canClone: true }).maxCount).toBe(3);
});
test.each([
  ['an unknown option', { image_volume_cache_max_sizegb: 1 }],
  ['a negative limit', { image_volume_cache_max_size_gb: -1 }],
  ['a fractional limit', { image_volume_cache_max_count: 1.5 }],
  ['a name that is no name', { name: 'a#b' }],
])('%s is refused', (_, options) => expect(() => backend(options)).toThrow());
test('two backends of one name are refused', () =>
  expect(() =>
    backendsSchema.parse([
      { name: 'a', driver: 'file' },
      { name: 'a', driver: 'file' },
    ]),
  ).toThrow(/twice/));
