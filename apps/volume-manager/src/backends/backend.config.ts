import type { CacheSettings } from '@hearth/contracts';
import { z } from 'zod';

const gib = z.int().min(0);

/**
 * One backend of this host. Option names and defaults are Cinder's; `options` are the driver's own. Sizes are GiB although the
 * names say gb.
 */
export const backendSchema = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]+$/, 'holds something else than letters, digits, dot, dash and underscore'),
    driver: z.string(),
    options: z.record(z.string(), z.unknown()).default({}),
    availability_zone: z.string().min(1).default('nova'),
    max_over_subscription_ratio: z.number().min(1).default(20),
    reserved_percentage: z.number().min(0).max(100).default(0),
    image_volume_cache_enabled: z.boolean().default(false),
    image_volume_cache_max_size_gb: gib.default(0),
    image_volume_cache_max_count: gib.optional(),
    /** The old name of `image_volume_cache_max_count`, which wins. */
    image_volume_cache_max_size_count: gib.optional(),
    /** A raw image is made of a volume by a clone that the image service names as the place of its bytes: none are sent. */
    image_upload_use_cinder_backend: z.boolean().default(false),
    /** That clone belongs to the internal tenant; else to the volume's owner. */
    image_upload_use_internal_tenant: z.boolean().default(false),
    cinder_internal_tenant_project_id: z.string().min(1).optional(),
    cinder_internal_tenant_user_id: z.string().min(1).optional(),
    /**
     * Whether the image service's hashes vouch for content, so that one copy may serve several image ids. Only where users
     * cannot register locations of their own.
     */
    image_hashes_trusted: z.boolean().default(false),
  })
  .readonly();

export type BackendConfig = z.output<typeof backendSchema>;

export const backendsSchema = z
  .array(backendSchema)
  .min(1, 'names no backend')
  .refine((backends) => new Set(backends.map(({ name }) => name)).size === backends.length, 'names a backend twice');

/** What the cache of a backend may do. Switched on without an internal tenant it is `misconfigured`, and says so aloud. */
export function cacheSettings(config: BackendConfig, { canClone }: { readonly canClone: boolean }): CacheSettings {
  const limits = { maxSizeGib: config.image_volume_cache_max_size_gb, maxCount: maxCount(config) };
  if (!config.image_volume_cache_enabled) {
    return { state: 'disabled', reason: 'image_volume_cache_enabled is false', ...limits };
  }
  const missing = (['cinder_internal_tenant_project_id', 'cinder_internal_tenant_user_id'] as const).filter(
    (option) => config[option] === undefined,
  );
  if (missing.length > 0) return { state: 'misconfigured', reason: `${missing.join(' and ')} must be set`, ...limits };
  if (!canClone) return { state: 'misconfigured', reason: `the ${config.driver} driver cannot clone`, ...limits };
  return { state: 'enabled', reason: null, ...limits };
}

function maxCount(config: BackendConfig): number {
  return config.image_volume_cache_max_count ?? config.image_volume_cache_max_size_count ?? 0;
}

/** Sentences for the log about options that work but should be written otherwise. */
export function configWarnings(config: BackendConfig): readonly string[] {
  return config.image_volume_cache_max_size_count === undefined
    ? []
    : ['image_volume_cache_max_size_count is an old name: write image_volume_cache_max_count'];
}
