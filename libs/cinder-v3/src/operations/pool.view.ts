import type { PoolReport } from '@hearth/contracts';

/** A pool's report as `GET /scheduler-stats/get_pools?detail=true` shows it; capacities in GiB, rounded to hundredths. */
export function poolView({ report, at }: PoolFields, { detail }: { readonly detail: boolean }) {
  if (!detail) return { name: report.pool };
  return {
    name: report.pool,
    capabilities: { ...report.capabilities, ...capacityOf(report), timestamp: at.slice(0, -1) },
  };
}

/** A pool, and when its host reported it. */
export interface PoolFields {
  readonly report: PoolReport;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

function capacityOf(report: PoolReport) {
  return {
    total_capacity_gb: hundredths(report.totalGib),
    free_capacity_gb: hundredths(report.freeGib),
    allocated_capacity_gb: hundredths(report.provisionedGib),
    provisioned_capacity_gb: hundredths(report.provisionedGib),
    reserved_percentage: report.reservedPercent,
    max_over_subscription_ratio: String(report.oversubscriptionMax),
    thin_provisioning_support: report.thin,
    thick_provisioning_support: !report.thin,
    backend_state: 'up',
    replication_enabled: false,
    filter_function: null,
    goodness_function: null,
    location_info: null,
    image_cache: report.cache.state,
  };
}

const hundredths = (gib: number) => Math.round(gib * 100) / 100;

/** `GET /capabilities/{host}`: what a backend says of itself, and which extra specs it understands. */
export function capabilitiesView(service: string, { capabilities, thin }: PoolReport) {
  const said = (name: string) => (capabilities[name] === undefined ? null : String(capabilities[name]));
  return {
    namespace: `OS::Storage::Capabilities::${service}`,
    vendor_name: said('vendor_name'),
    volume_backend_name: said('volume_backend_name'),
    pool_name: null,
    driver_version: said('driver_version'),
    storage_protocol: said('storage_protocol'),
    display_name: null,
    description: null,
    visibility: null,
    replication_targets: [],
    properties: {
      thin_provisioning: property('Thin Provisioning', `Space is taken when it is written${thin ? '' : '; not here'}.`),
      compression: property('Compression', 'Data is compressed; not here.'),
      qos: property('QoS', 'QoS specs are passed on to who connects a volume.'),
      replication_enabled: property('Replication', 'Volumes are replicated; not here.'),
    },
  };
}

const property = (title: string, description: string) => ({ title, description, type: 'boolean' });
