import type { VolumeDriver } from '@hearth/driver-api';
import { type BackendConfig, backendSchema } from '../backends/backend.config';
import type { Host, PeersOfHost } from '../host/host';
import type { ScrubSettings } from '../scrub/scrub';
import type { AbleDriver } from './able-driver';

/** How a house differs from one that has a single backend, and never dies. */
export interface TestHouseOptions extends Partial<Timing> {
  readonly scrub?: Partial<ScrubSettings>;
  /** By name, each an enabled cache with an internal tenant unless told. */
  readonly backends?: Readonly<Record<string, Partial<BackendConfig>>>;
  /** Stands between the house and a backend: `(name, driver) → driver`. */
  readonly wrap?: (name: string, driver: AbleDriver) => VolumeDriver;
  /** Whether volumes are made of volumes that images are in. */
  readonly usesLocations?: boolean;
  /** Schemes that are allowed, where volumes are made from where images lie; `cinder` unless told. */
  readonly directUrlSchemes?: readonly string[];
  /** What verifies an image where it lies. */
  readonly verifyImageAt?: Host['verifyImageAt'];
  /** Whether the internal project's quota has room; it has no limit unless told. */
  readonly internalQuota?: Host['internalQuota'];
  /** Other hosts; none unless told. */
  readonly peers?: PeersOfHost;
  /** False: the host is configured without one. */
  readonly keyManager?: boolean;
  /** How many steps each process lives, one after the other; the last one lives for ever. */
  readonly lives?: readonly number[];
}

export type Timing = {
  readonly reportIntervalMs: number;
  readonly choresIntervalMs: number;
  readonly answerTimeoutMs: number;
  readonly gate?: { readonly isOpen: boolean };
};

/** The driver's name tells the backends of a test apart. */
export function configOf(name: string, patch: Partial<BackendConfig>): BackendConfig {
  return backendSchema.parse({
    name,
    driver: name,
    image_volume_cache_enabled: true,
    cinder_internal_tenant_project_id: 'internal',
    cinder_internal_tenant_user_id: 'hearth',
    ...patch,
  });
}
