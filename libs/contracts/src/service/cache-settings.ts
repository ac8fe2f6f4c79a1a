import { z } from 'zod';
import { projectIdField } from '../fields';
import { evictionPolicies } from '../image-cache/image-cache.events';

/** When an image gets an entry: at its first request, or at the second within a window. */
export const admissionModes = ['at-once', 'second-request'] as const;
export type AdmissionMode = (typeof admissionModes)[number];

/**
 * Whose creates may use the cache: all that may read the image, as the image service says; or only where the image is public or the
 * project's own, as SolidFire's template cache had it.
 */
export const imageAccessRules = ['glance', 'public-or-owned'] as const;
export type ImageAccessRule = (typeof imageAccessRules)[number];

const percent = z.number().min(0).max(100);
const seconds = z.int().min(0);

/** The rules of a backend's caches beside their two limits; each pool has a cache of its own. Facts from before them have none. */
const ruleShape = {
  /** In which order entries are given up. */
  policy: z.enum(evictionPolicies),
  /** GiB limit as a part of the pool's total; 0 is none. Beside a limit in GiB the tighter holds. */
  maxPercent: percent,
  /** Of each limit: entries are given up from `startPercent` on, down to `stopPercent`. */
  watermarks: z.object({ startPercent: percent, stopPercent: percent }),
  /** Entries that long unused go; 0 is never. */
  ttlSeconds: seconds,
  /** Entries that no volume depends on go once they have their minimum age, as Nova's `remove_unused_base_images` says. */
  removeUnused: z.boolean(),
  /** Since last use, of an entry that has served at the image's own size: `remove_unused_original_minimum_age_seconds`. */
  minimumAgeSeconds: seconds,
  /** Since last use, of an entry all of whose clones were grown: `remove_unused_resized_minimum_age_seconds`. */
  resizedMinimumAgeSeconds: seconds,
  /** Contents of one image id that stay at the most, the newest. */
  keepGenerations: z.int().min(1),
  /** Of each limit, what entries that one project's creates began may take; 0 is all. */
  projectSharePercent: percent,
  admission: z.object({ mode: z.enum(admissionModes), windowSeconds: seconds }),
  /** Clones that one entry bears before it gets a successor; 0 is what the driver declares. */
  cloneLimit: z.int().min(0),
  /** From an image's deletion, or from when it is not visible any more, until its entry goes. */
  graceSeconds: seconds,
  imageAccess: z.enum(imageAccessRules),
};

/** What the cache of a backend may do, as its configuration says. */
export const cacheSettingsSchema = z.object({
  /** `misconfigured`: switched on, but the internal tenant is not named; volumes are made by download. */
  state: z.enum(['enabled', 'disabled', 'misconfigured']),
  /** Why it is not `enabled`; null when it is. */
  reason: z.string().nullable(),
  /** GiB; 0 is unlimited. */
  maxSizeGib: z.int().min(0),
  /** Entries; 0 is unlimited. */
  maxCount: z.int().min(0),
  /** To whom its image-volumes belong; said of one that is `enabled`. */
  internalProjectId: projectIdField.optional(),
  ...z.object(ruleShape).partial().shape,
});

export type CacheSettings = Readonly<z.infer<typeof cacheSettingsSchema>>;

/** Those rules. Seconds are whole, percent are 0 to 100. */
export type CacheRules = Readonly<z.infer<z.ZodObject<typeof ruleShape>>>;

/** What holds where nothing is said: Cinder's behaviour, and Nova's ages where unused entries are to go. */
export const defaultCacheRules: CacheRules = {
  policy: 'lru',
  maxPercent: 0,
  watermarks: { startPercent: 100, stopPercent: 100 },
  ttlSeconds: 0,
  removeUnused: false,
  minimumAgeSeconds: 86_400,
  resizedMinimumAgeSeconds: 3_600,
  keepGenerations: 1,
  projectSharePercent: 0,
  admission: { mode: 'at-once', windowSeconds: 86_400 },
  cloneLimit: 0,
  graceSeconds: 3_600,
  imageAccess: 'glance',
};

/** The settings with every rule in it: those that are not said have their defaults. */
export function effectiveCacheSettings(settings: CacheSettings): CacheSettings & CacheRules {
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...defaultCacheRules, ...(Object.fromEntries(said) as CacheSettings) };
}
