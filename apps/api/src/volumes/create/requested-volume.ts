import type { VolumeFields } from '@hearth/cinder-v3';
import type { VolumeRequest } from '@hearth/domain';
import { sourceOf } from '../decided-volume';

/** A volume as it is when its request has just been accepted: known without reading any row. */
export function requestedVolume(request: VolumeRequest, createdAt: string): VolumeFields {
  return {
    id: request.volumeId,
    projectId: request.projectId,
    userId: request.userId,
    name: request.name,
    description: request.description,
    status: request.source?.kind === 'existing' ? 'managing' : 'creating',
    sizeGib: request.sizeGib,
    volumeTypeId: request.volumeType.id,
    volumeTypeName: request.volumeType.name,
    availabilityZone: request.availabilityZone,
    host: null,
    bootable: request.inherited?.bootable ?? false,
    multiattach: request.multiattach ?? false,
    readOnly: null,
    encryptionKeyId: request.encryptionKeyId ?? null,
    ...sourceOf(request.source),
    migrationStatus: null,
    attachments: [],
    metadata: request.metadata,
    imageMetadata: {},
    createdAt,
    updatedAt: null,
  };
}
