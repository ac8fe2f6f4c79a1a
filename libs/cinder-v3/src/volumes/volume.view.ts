import { type Link, resourceLinks } from '../links';
import { type ProgressFields, progressView } from '../progress.view';
import { wireTime } from '../wire-time';

/** What a view needs of a volume; sizes in GiB, instants in ISO 8601. */
export interface VolumeFields {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  readonly sizeGib: number;
  readonly volumeTypeId: string | null;
  readonly volumeTypeName: string | null;
  readonly availabilityZone: string | null;
  /** `host@backend#pool`. */
  readonly host: string | null;
  readonly bootable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly imageMetadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  /** Null for one that has not changed since. */
  readonly updatedAt: string | null;
  /** Of the fill that the volume is made from, while that runs. */
  readonly progress?: ProgressFields;
}

/** For whom a view is made. */
export interface ViewContext {
  /** Public endpoint without a slash at its end. */
  readonly base: string;
  /** Stands in links. */
  readonly projectId: string;
  readonly isAdmin: boolean;
  /** Of 3.x. */
  readonly minor: number;
}

/** A volume as `GET /volumes` lists it. */
export function volumeSummary({ id, name }: VolumeFields, context: ViewContext) {
  return { id, name, links: volumeLinks(id, context) };
}

/** A volume as the answer to its creation shows it, with what microversions up to 3.70 added. */
export function createdVolume(volume: VolumeFields, context: ViewContext) {
  return {
    id: volume.id,
    status: volume.status,
    size: volume.sizeGib,
    availability_zone: volume.availabilityZone,
    created_at: wireTime(volume.createdAt),
    updated_at: volume.updatedAt === null ? null : wireTime(volume.updatedAt),
    name: volume.name,
    description: volume.description,
    volume_type: volume.volumeTypeName,
    snapshot_id: null,
    source_volid: null,
    metadata: volume.metadata,
    links: volumeLinks(volume.id, context),
    user_id: volume.userId,
    bootable: String(volume.bootable),
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments: [],
    ...(context.isAdmin && { migration_status: null }),
    ...laterFields(volume, context),
  };
}

/** A volume as `GET /volumes/{id}` and `GET /volumes/detail` show it. */
export function volumeDetail(volume: VolumeFields, context: ViewContext) {
  return {
    ...createdVolume(volume, context),
    'os-vol-tenant-attr:tenant_id': volume.projectId,
    ...(context.isAdmin && {
      'os-vol-mig-status-attr:migstat': null,
      'os-vol-mig-status-attr:name_id': null,
      'os-vol-host-attr:host': volume.host,
    }),
    ...(Object.keys(volume.imageMetadata).length > 0 && { volume_image_metadata: volume.imageMetadata }),
    ...(volume.progress && { 'hearth:progress': progressView(volume.progress) }),
  };
}

/** What came with a microversion, in the order in which it came. */
function laterFields({ volumeTypeId }: VolumeFields, { minor, isAdmin }: ViewContext) {
  return {
    ...(minor >= 13 && { group_id: null }),
    ...(minor >= 21 && isAdmin && { provider_id: null }),
    ...(minor >= 48 && { shared_targets: false, service_uuid: null }),
    ...(minor >= 61 && isAdmin && { cluster_name: null }),
    ...(minor >= 63 && { volume_type_id: volumeTypeId }),
    ...(minor >= 65 && { consumes_quota: true }),
  };
}

function volumeLinks(id: string, { base, projectId }: ViewContext): readonly Link[] {
  return resourceLinks(base, projectId, 'volumes', id);
}
