import { wireTime } from '../wire-time';

/** A process that works for the block storage service, as administrators see it. */
export interface ServiceFields {
  /** `cinder-volume`, `cinder-scheduler`: the names by which clients know them. */
  readonly binary: string;
  /** `host@backend` of a volume service, else the host. */
  readonly host: string;
  readonly zone: string;
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  /** It reports. */
  readonly isUp: boolean;
  /** Its backend can be used; undefined where there is none. */
  readonly backendUp: boolean | undefined;
  /** When it last reported, or its settings were changed; ISO 8601, null when nobody knows. */
  readonly updatedAt: string | null;
}

/** A service as `GET /os-services` lists it in 3.x. */
export function serviceView(service: ServiceFields, minor: number) {
  const { binary, host, zone, enabled, isUp, backendUp, disabledReason } = service;
  const isVolume = binary === 'cinder-volume';
  return {
    binary,
    host,
    zone,
    status: enabled ? 'enabled' : 'disabled',
    state: isUp ? 'up' : 'down',
    updated_at: seconds(service.updatedAt),
    ...(minor >= 49 && isVolume && { backend_state: backendUp === true ? 'up' : 'down' }),
    ...(minor >= 7 && { cluster: null }),
    disabled_reason: disabledReason,
    ...(isVolume && { replication_status: 'disabled', active_backend_id: null, frozen: false }),
  };
}

/** A service as `GET /os-hosts` lists it. */
export function hostView({ binary, host, zone, enabled, isUp, updatedAt }: ServiceFields) {
  return {
    host_name: host,
    service: binary,
    zone,
    'service-status': isUp ? 'available' : 'unavailable',
    'service-state': enabled ? 'enabled' : 'disabled',
    'last-update': seconds(updatedAt),
  };
}

/** Whole seconds, as rows of services have in Cinder. */
const seconds = (instant: string | null) =>
  instant === null ? null : `${wireTime(instant).slice(0, -'.000000'.length)}.000000`;

/** What a host's volumes of one project add up to; GiB. */
export interface HostUsageFields {
  readonly projectId: string;
  readonly volumes: number;
  readonly gigabytes: number;
  readonly snapshots: number;
  readonly snapshotGigabytes: number;
}

/** `GET /os-hosts/{host}`: the sum first, then each project; numbers are texts, as in Cinder. */
export function hostUsageView(host: string, usage: readonly HostUsageFields[]) {
  const sum = (field: Exclude<keyof HostUsageFields, 'projectId'>) =>
    usage.reduce((total, one) => total + one[field], 0);
  const total: HostUsageFields = {
    projectId: '(total)',
    volumes: sum('volumes'),
    gigabytes: sum('gigabytes'),
    snapshots: sum('snapshots'),
    snapshotGigabytes: sum('snapshotGigabytes'),
  };
  return { host: [total, ...usage].map((one) => ({ resource: resourceOf(host, one) })) };
}

const resourceOf = (
  host: string,
  { projectId, volumes, gigabytes, snapshots, snapshotGigabytes }: HostUsageFields,
) => ({
  host,
  project: projectId,
  volume_count: String(volumes),
  total_volume_gb: String(gigabytes),
  snapshot_count: String(snapshots),
  total_snapshot_gb: String(snapshotGigabytes),
});
