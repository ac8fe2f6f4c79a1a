import { admissionModes, defaultCacheRules, evictionPolicies, imageAccessRules } from '@hearth/contracts';
import { z } from 'zod';

const gib = z.int().min(0);
const seconds = z.int().min(0);
const percent = z.number().min(0).max(100);
/** Above nothing: a watermark of 0 would leave nothing. */
const watermark = z.number().min(1).max(100);

const rules = defaultCacheRules;

/**
 * What a backend may be told beside its name, its driver and the driver's own options; each may stand in its stanza or in
 * `backend_defaults`. Names and defaults are Cinder's and Nova's where they have them. Sizes are GiB although the names say gb.
 */
export const backendOptions = {
  availability_zone: z.string().min(1).default('nova'),
  max_over_subscription_ratio: z.number().min(1).default(20),
  reserved_percentage: percent.default(0),
  image_volume_cache_enabled: z.boolean().default(false),
  /** Of each pool; 0 is unlimited. */
  image_volume_cache_max_size_gb: gib.default(0),
  /** Entries of each pool; 0 is unlimited. */
  image_volume_cache_max_count: gib.optional(),
  /** The old name of `image_volume_cache_max_count`, which wins. */
  image_volume_cache_max_size_count: gib.optional(),
  /** Of the pool's total; 0 is unlimited. Beside a limit in GiB the tighter holds. */
  image_volume_cache_max_percent: percent.default(rules.maxPercent),
  /** Of each limit: above the first, entries are given up by themselves until the second is reached. */
  image_volume_cache_watermark_start_percent: watermark.default(rules.watermarks.startPercent),
  image_volume_cache_watermark_stop_percent: watermark.default(rules.watermarks.stopPercent),
  /** In which order entries are given up. */
  image_volume_cache_policy: z.enum(evictionPolicies).default(rules.policy),
  /** Entries that long unused go; 0 is never. */
  image_volume_cache_ttl_seconds: seconds.default(rules.ttlSeconds),
  /** Entries that no volume depends on go once they have their minimum age. */
  remove_unused_base_images: z.boolean().default(rules.removeUnused),
  remove_unused_original_minimum_age_seconds: seconds.default(rules.minimumAgeSeconds),
  remove_unused_resized_minimum_age_seconds: seconds.default(rules.resizedMinimumAgeSeconds),
  /** Contents of one image id that stay at the most. */
  image_volume_cache_keep_generations: z.int().min(1).default(rules.keepGenerations),
  /** Of each limit, what entries that one project's creates began may take; 0 is all. */
  image_volume_cache_project_share_percent: percent.default(rules.projectSharePercent),
  /** Whether the first request of an image makes an entry, or the second within the window. */
  image_volume_cache_admission: z.enum(admissionModes).default(rules.admission.mode),
  image_volume_cache_admission_window_seconds: seconds.default(rules.admission.windowSeconds),
  /** Clones that one entry bears before it gets a successor; 0 is what the driver declares. */
  image_volume_cache_clone_limit: z.int().min(0).default(rules.cloneLimit),
  /** How long an entry stays, without serving, whose image is deleted or not visible any more. */
  image_volume_cache_grace_seconds: seconds.default(rules.graceSeconds),
  /** Whose creates may use the cache: all that may read the image, or only of public images and the project's own. */
  image_volume_cache_image_access: z.enum(imageAccessRules).default(rules.imageAccess),
  /** A raw image is made of a volume by a clone that the image service names as the place of its bytes: none are sent. */
  image_upload_use_cinder_backend: z.boolean().default(false),
  /** That clone belongs to the internal tenant; else to the volume's owner. */
  image_upload_use_internal_tenant: z.boolean().default(false),
  cinder_internal_tenant_project_id: z.string().min(1).max(255).optional(),
  cinder_internal_tenant_user_id: z.string().min(1).max(255).optional(),
  /**
   * Whether the image service's hashes vouch for content, so that one copy may serve several image ids. Only where users
   * cannot register locations of their own.
   */
  image_hashes_trusted: z.boolean().default(false),
} as const;

export type BackendOption = keyof typeof backendOptions;

export function isBackendOption(name: string): name is BackendOption {
  return Object.hasOwn(backendOptions, name);
}
