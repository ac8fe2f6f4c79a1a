import type { VolumeFields } from '@hearth/cinder-v3';
import { isMultiattach, labelOf, type LiveVolume } from '@hearth/domain';
import type { VolumeRow } from '@hearth/read-model';

/** A volume as it was decided, with what only its row tells: the row may be a moment behind. */
export function decidedVolume(state: LiveVolume, row: VolumeRow | undefined, now: string): VolumeFields {
  const { request, details } = state;
  const own = {
    name: details.name,
    description: details.description,
    metadata: details.metadata,
    imageMetadata: details.imageMetadata,
    bootable: details.bootable,
  };
  if (row) return { ...row, ...own };
  return {
    ...own,
    id: request.volumeId,
    projectId: details.projectId,
    userId: details.userId,
    status: labelOf(state),
    sizeGib: details.sizeGib,
    volumeTypeId: details.volumeType.id,
    volumeTypeName: details.volumeType.name,
    availabilityZone: request.availabilityZone,
    host: 'pool' in state ? (state.pool ?? null) : null,
    multiattach: isMultiattach(details.volumeType),
    readOnly: details.readOnly,
    encryptionKeyId: request.encryptionKeyId ?? null,
    ...sourceOf(request.source),
    migrationStatus: null,
    attachments: [],
    createdAt: now,
    updatedAt: null,
  };
}

/** What a volume shows of what it was made from. */
export function sourceOf(source: LiveVolume['request']['source']): Pick<VolumeFields, 'snapshotId' | 'sourceVolid'> {
  return {
    snapshotId: source?.kind === 'snapshot' ? source.snapshotId : null,
    sourceVolid: source?.kind === 'volume' ? source.volumeId : null,
  };
}
