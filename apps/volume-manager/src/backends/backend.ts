import type { CacheSettings } from '@hearth/contracts';
import { type DriverEnvironment, type VolumeDriver, canClone } from '@hearth/driver-api';
import { openDriver } from '@hearth/drivers';
import { type PoolRef, type ProjectId, type UserId, poolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { type BackendConfig, cacheSettings, configWarnings } from './backend.config';

/** A backend that is open. */
export interface Backend {
  readonly config: BackendConfig;
  /** `host@backend`, the name of its service. */
  readonly service: string;
  readonly driver: VolumeDriver;
  readonly pools: readonly PoolRef[];
  readonly cache: CacheSettings;
  /** Whose the image-volumes are; undefined where the cache is not enabled. */
  readonly internalTenant: { readonly projectId: ProjectId; readonly userId: UserId } | undefined;
}

/** A backend that could not be opened: it has no pools until it can. */
export interface BackendDown {
  readonly backend: string;
  readonly reason: string;
}

/** Opens a backend and asks for its pools; what goes wrong is told, never thrown: the host's other backends go on. */
export async function openBackend(
  host: string,
  config: BackendConfig,
  environment: DriverEnvironment,
  log: Log,
): Promise<Backend | BackendDown> {
  try {
    for (const warning of configWarnings(config)) log.warn(warning, { backend: config.name });
    const driver = await openDriver(config.driver, config.options, environment);
    const pools = await driver.capacity();
    const cache = cacheSettings(config, { canClone: canClone(driver) });
    if (cache.state === 'misconfigured') {
      log.error('the image-volume cache is misconfigured: volumes are made by download', {
        backend: config.name,
        reason: cache.reason,
      });
    }
    return {
      config,
      service: `${host}@${config.name}`,
      driver,
      pools: pools.map(({ pool }) => poolRef({ host, backend: config.name, pool })),
      cache,
      internalTenant: cache.state === 'enabled' ? internalTenant(config) : undefined,
    };
  } catch (error) {
    log.error('a backend could not be opened', { backend: config.name, driver: config.driver, error });
    return { backend: config.name, reason: error instanceof Error ? error.message : String(error) };
  }
}

export function isDown(backend: Backend | BackendDown): backend is BackendDown {
  return 'reason' in backend;
}

function internalTenant(config: BackendConfig): Backend['internalTenant'] {
  return {
    projectId: config.cinder_internal_tenant_project_id as ProjectId,
    userId: config.cinder_internal_tenant_user_id as UserId,
  };
}
