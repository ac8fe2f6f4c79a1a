import { type CacheSettings, effectiveCacheSettings } from '@hearth/contracts';

/** All rules of a pool's cache; those that its host did not report have their defaults. */
export function cacheSettingsView(reported: CacheSettings) {
  const settings = effectiveCacheSettings(reported);
  const { watermarks, admission } = settings;
  return {
    state: settings.state,
    reason: settings.reason,
    max_size_gib: settings.maxSizeGib,
    max_count: settings.maxCount,
    max_percent: settings.maxPercent,
    policy: settings.policy,
    watermarks: { start_percent: watermarks.startPercent, stop_percent: watermarks.stopPercent },
    ttl_seconds: settings.ttlSeconds,
    remove_unused: settings.removeUnused,
    minimum_age_seconds: settings.minimumAgeSeconds,
    resized_minimum_age_seconds: settings.resizedMinimumAgeSeconds,
    keep_generations: settings.keepGenerations,
    project_share_percent: settings.projectSharePercent,
    admission: { mode: admission.mode, window_seconds: admission.windowSeconds },
    clone_limit: settings.cloneLimit,
    grace_seconds: settings.graceSeconds,
    image_access: settings.imageAccess,
  };
}
