import type { CacheSettings } from '@hearth/contracts';
import type { ProjectId } from '@hearth/kernel';
import { z } from 'zod';
import { backendOptions, isBackendOption } from './backend-options';

/** One backend of this host, with what `backend_defaults` says of it. `options` are the driver's own. */
export const backendSchema = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]+$/, 'holds something else than letters, digits, dot, dash and underscore'),
    driver: z.string(),
    options: z.record(z.string(), z.unknown()).default({}),
    ...backendOptions,
  })
  .superRefine((config, context) => {
    for (const { option, problem } of contradictions(config)) {
      context.addIssue({ code: 'custom', path: [option], message: problem });
    }
    for (const name of Object.keys(config.options).filter(isBackendOption)) {
      const message = 'stands among the options of the driver, which does not know it: write it beside them';
      context.addIssue({ code: 'custom', path: ['options', name], message });
    }
  })
  .readonly();

export type BackendConfig = z.output<typeof backendSchema>;

function contradictions(config: BackendConfig): readonly { readonly option: string; readonly problem: string }[] {
  const found: { option: string; problem: string }[] = [];
  const { image_volume_cache_watermark_start_percent: start, image_volume_cache_watermark_stop_percent: stop } = config;
  if (stop > start) {
    const problem = `is ${stop}, above image_volume_cache_watermark_start_percent, which is ${start}`;
    found.push({ option: 'image_volume_cache_watermark_stop_percent', problem });
  }
  const isSecond = config.image_volume_cache_admission === 'second-request';
  if (isSecond && config.image_volume_cache_admission_window_seconds === 0) {
    const problem = 'is 0, and image_volume_cache_admission is second-request: nothing would ever be cached';
    found.push({ option: 'image_volume_cache_admission_window_seconds', problem });
  }
  return found;
}

/** What the cache of a backend may do. Switched on without an internal tenant it is `misconfigured`, and says so aloud. */
export function cacheSettings(config: BackendConfig, { canClone }: { readonly canClone: boolean }): CacheSettings {
  const rules = rulesOf(config);
  if (!config.image_volume_cache_enabled) {
    return { state: 'disabled', reason: 'image_volume_cache_enabled is false', ...rules };
  }
  const missing = (['cinder_internal_tenant_project_id', 'cinder_internal_tenant_user_id'] as const).filter(
    (option) => config[option] === undefined,
  );
  if (missing.length > 0) return { state: 'misconfigured', reason: `${missing.join(' and ')} must be set`, ...rules };
  if (!canClone) return { state: 'misconfigured', reason: `the ${config.driver} driver cannot clone`, ...rules };
  const internalProjectId = config.cinder_internal_tenant_project_id as ProjectId;
  return { state: 'enabled', reason: null, internalProjectId, ...rules };
}

function rulesOf(config: BackendConfig): Omit<CacheSettings, 'state' | 'reason'> {
  return {
    maxSizeGib: config.image_volume_cache_max_size_gb,
    maxCount: maxCount(config),
    maxPercent: config.image_volume_cache_max_percent,
    policy: config.image_volume_cache_policy,
    watermarks: {
      startPercent: config.image_volume_cache_watermark_start_percent,
      stopPercent: config.image_volume_cache_watermark_stop_percent,
    },
    ttlSeconds: config.image_volume_cache_ttl_seconds,
    removeUnused: config.remove_unused_base_images,
    minimumAgeSeconds: config.remove_unused_original_minimum_age_seconds,
    resizedMinimumAgeSeconds: config.remove_unused_resized_minimum_age_seconds,
    keepGenerations: config.image_volume_cache_keep_generations,
    projectSharePercent: config.image_volume_cache_project_share_percent,
    admission: {
      mode: config.image_volume_cache_admission,
      windowSeconds: config.image_volume_cache_admission_window_seconds,
    },
    cloneLimit: config.image_volume_cache_clone_limit,
    graceSeconds: config.image_volume_cache_grace_seconds,
    imageAccess: config.image_volume_cache_image_access,
  };
}

function maxCount(config: BackendConfig): number {
  return config.image_volume_cache_max_count ?? config.image_volume_cache_max_size_count ?? 0;
}

/** Sentences for the log about options that work but should be written otherwise, or that have no effect beside the others. */
export function configWarnings(config: BackendConfig): readonly string[] {
  const {
    image_volume_cache_max_count: count,
    image_volume_cache_max_size_count: oldCount,
    image_volume_cache_enabled: isOn,
    image_volume_cache_max_size_gb: gib,
    image_volume_cache_max_percent: percent,
    image_volume_cache_watermark_start_percent: start,
    image_volume_cache_watermark_stop_percent: stop,
  } = config;
  const warnings: string[] = [];
  const warn = (isSo: boolean, sentence: string) => isSo && warnings.push(sentence);
  const isLimited = gib > 0 || percent > 0 || maxCount(config) > 0;
  const differs = count !== undefined && oldCount !== undefined && count !== oldCount;
  warn(
    oldCount !== undefined,
    'image_volume_cache_max_size_count is an old name: write image_volume_cache_max_count' +
      (differs ? `, which says ${count} and holds` : ''),
  );
  warn(!isOn && isLimited, 'limits of the image-volume cache have no effect: image_volume_cache_enabled is false');
  warn(
    isOn && !isLimited && (start < 100 || stop < 100),
    'watermarks are parts of a limit, and the image-volume cache has none',
  );
  warn(
    isOn && !isLimited && config.image_volume_cache_project_share_percent > 0,
    'image_volume_cache_project_share_percent is a part of a limit, and the image-volume cache has none',
  );
  warn(
    config.image_upload_use_internal_tenant && config.cinder_internal_tenant_project_id === undefined,
    'image_upload_use_internal_tenant has no effect: cinder_internal_tenant_project_id is not set',
  );
  return warnings;
}
