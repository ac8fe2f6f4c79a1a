import { type Link, resourceLinks } from '../links';
import { progressView } from '../progress.view';
import { wireTime } from '../wire-time';
import { serviceUuid } from './service-uuid';
import type { VolumeAttachmentFields, VolumeFields } from './volume.fields';

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

/** A volume as the answers to its creation and to its update show it, with what microversions up to 3.70 added. */
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
    snapshot_id: volume.snapshotId,
    source_volid: volume.sourceVolid,
    metadata: shownMetadata(volume),
    links: volumeLinks(volume.id, context),
    user_id: volume.userId,
    bootable: String(volume.bootable),
    encrypted: volume.encryptionKeyId !== null,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: volume.multiattach,
    attachments: attachmentsOf(volume, context),
    ...(context.isAdmin && { migration_status: volume.migrationStatus }),
    ...laterFields(volume, context),
  };
}

/** A volume as `GET /volumes/{id}` and `GET /volumes/detail` show it. */
export function volumeDetail(volume: VolumeFields, context: ViewContext) {
  return {
    ...createdVolume(volume, context),
    'os-vol-tenant-attr:tenant_id': volume.projectId,
    ...(context.isAdmin && {
      'os-vol-mig-status-attr:migstat': volume.migrationStatus,
      'os-vol-mig-status-attr:name_id': null,
      'os-vol-host-attr:host': volume.host,
    }),
    ...(Object.keys(volume.imageMetadata).length > 0 && { volume_image_metadata: volume.imageMetadata }),
    ...(volume.progress && { 'hearth:progress': progressView(volume.progress) }),
  };
}

/** The owner's metadata, and what Cinder keeps beside it and shows among it: `readonly`, and how os-attach attached it. */
export function shownMetadata({
  metadata,
  readOnly,
  attachments,
}: Pick<VolumeFields, 'metadata' | 'readOnly' | 'attachments'>): Readonly<Record<string, string>> {
  const attachedMode = attachments.find(({ status, legacy }) => legacy && status === 'attached')?.mode;
  if (readOnly === null && !attachedMode) return metadata;
  return {
    ...metadata,
    ...(readOnly !== null && { readonly: readOnly ? 'True' : 'False' }),
    ...(attachedMode && { attached_mode: attachedMode }),
  };
}

/** Only what is attached is shown; on which host is for administrators. */
function attachmentsOf({ id, attachments }: VolumeFields, { isAdmin }: ViewContext) {
  return attachments.flatMap((attachment) =>
    attachment.status === 'attached' ? [attachmentView(id, attachment, isAdmin)] : [],
  );
}

function attachmentView(volumeId: string, attachment: VolumeAttachmentFields, isAdmin: boolean) {
  return {
    id: volumeId,
    attachment_id: attachment.id,
    volume_id: volumeId,
    server_id: attachment.instanceId,
    host_name: isAdmin ? attachment.hostName : null,
    device: attachment.mountpoint,
    attached_at: attachment.attachedAt === null ? null : wireTime(attachment.attachedAt),
  };
}

/** What came with a microversion, in the order in which it came. */
function laterFields({ volumeTypeId, host, encryptionKeyId }: VolumeFields, { minor, isAdmin }: ViewContext) {
  return {
    ...(minor >= 13 && { group_id: null }),
    ...(minor >= 21 && isAdmin && { provider_id: null }),
    ...(minor >= 48 && { shared_targets: false, service_uuid: serviceUuid(host) }),
    ...(minor >= 61 && isAdmin && { cluster_name: null }),
    ...(minor >= 63 && { volume_type_id: volumeTypeId }),
    ...(minor >= 64 && encryptionKeyId !== null && { encryption_key_id: encryptionKeyId }),
    ...(minor >= 65 && { consumes_quota: true }),
  };
}

function volumeLinks(id: string, { base, projectId }: ViewContext): readonly Link[] {
  return resourceLinks(base, projectId, 'volumes', id);
}
