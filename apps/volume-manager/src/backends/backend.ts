import type { CacheSettings } from '@hearth/contracts';
import { type VolumeDriver, canClone } from '@hearth/driver-api';
import { type PoolRef, type ProjectId, type UserId, poolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { type LaneLimits, Lanes } from '../host/lanes';
import { within } from '../host/time-limit';
import { BackendRoom } from './backend-room';
import { type BackendConfig, cacheSettings, configWarnings } from './backend.config';

/** A backend that is open. */
export interface Backend {
  readonly config: BackendConfig;
  /** `host@backend`, the name of its service. */
  readonly service: string;
  readonly driver: VolumeDriver;
  readonly lanes: Lanes;
  readonly room: BackendRoom;
  readonly pools: readonly PoolRef[];
  /** GiB of each pool, as last told. */
  readonly totalGib: Map<PoolRef, number>;
  readonly cache: CacheSettings;
  /** Whose the image-volumes are; undefined where the cache is not enabled. */
  readonly internalTenant: { readonly projectId: ProjectId; readonly userId: UserId } | undefined;
}

/** A backend that could not be opened: it has no pools until it can. */
export interface BackendDown {
  readonly backend: string;
  readonly reason: string;
}

/** With what went wrong, for the log. */
type Unopened = BackendDown & { readonly error: unknown };

/** Opens a driver by its name with the backend's own options. */
export type OpenDriver = (name: string, options: unknown) => Promise<VolumeDriver>;

export interface BackendEnvironment {
  readonly host: string;
  readonly openDriver: OpenDriver;
  readonly lanes: LaneLimits;
  /** A backend that does not answer for this long counts as down. */
  readonly answerTimeoutMs: number;
  readonly log: Log;
}

/** Opens a backend and asks for its pools; what goes wrong is told, never thrown: the host's other backends go on. */
export async function openBackend(config: BackendConfig, environment: BackendEnvironment): Promise<Backend | Unopened> {
  const { host, lanes, log } = environment;
  let driver: VolumeDriver | undefined;
  try {
    for (const warning of configWarnings(config)) log.warn(warning, { backend: config.name });
    driver = await openInTime(config, environment);
    const pools = await within(environment.answerTimeoutMs, 'the report of its capacity', driver.capacity());
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
      lanes: new Lanes(lanes, driver.capabilities.clonesAtOnceMax),
      room: new BackendRoom(driver),
      pools: pools.map(({ pool }) => poolRef({ host, backend: config.name, pool })),
      totalGib: new Map(
        pools.map(({ pool, totalGib }) => [poolRef({ host, backend: config.name, pool }), totalGib] as const),
      ),
      cache,
      internalTenant: cache.state === 'enabled' ? internalTenant(config) : undefined,
    };
  } catch (error) {
    void driver?.close().catch(() => undefined);
    return { backend: config.name, reason: error instanceof Error ? error.message : String(error), error };
  }
}

/** A driver that opens after all when nobody waits for it any more is closed again. */
async function openInTime(config: BackendConfig, environment: BackendEnvironment): Promise<VolumeDriver> {
  const opening = environment.openDriver(config.driver, config.options);
  try {
    return await within(environment.answerTimeoutMs, 'opening it', opening);
  } catch (error) {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  }
}

export function isDown(backend: Backend | Unopened): backend is Unopened {
  return 'reason' in backend;
}

function internalTenant(config: BackendConfig): Backend['internalTenant'] {
  return {
    projectId: config.cinder_internal_tenant_project_id as ProjectId,
    userId: config.cinder_internal_tenant_user_id as UserId,
  };
}
