import { isRefusal, refuse } from '@hearth/kernel';
import { changedMetadata } from './metadata';
import { differencesOf } from './volume-type.rules';
import type { MetadataChange, Of, VolumeDecision } from './volume.commands';
import { labelOf } from './volume.label';
import { isMigrating, wrongStatus } from './volume.refusals';
import type { LiveVolume, ProvisionedVolume, Texts } from './volume.state';

/** Name and description may be changed in any status but `maintenance` (Cinder). */
export function updateVolume({ name, description }: Of<'UpdateVolume'>, volume: LiveVolume): VolumeDecision {
  if (labelOf(volume) === 'maintenance') return wrongStatus(volume);
  const { details } = volume;
  const data = {
    ...(name === undefined || name === details.name ? {} : { name }),
    ...(description === undefined || description === details.description ? {} : { description }),
  };
  return Object.keys(data).length > 0 ? [{ type: 'VolumeUpdated', data }] : [];
}

export function changeMetadata({ change }: Of<'ChangeMetadata'>, volume: LiveVolume): VolumeDecision {
  return metadataDecision(volume, volume.details.metadata, change, (metadata) => [
    { type: 'VolumeMetadataSet', data: { metadata } },
  ]);
}

export function changeImageMetadata({ change }: Of<'ChangeImageMetadata'>, volume: LiveVolume): VolumeDecision {
  return metadataDecision(volume, volume.details.imageMetadata, change, (imageMetadata) => [
    { type: 'VolumeImageMetadataSet', data: { imageMetadata } },
  ]);
}

/** Not while the metadata is being sent along with the volume (Cinder). */
function metadataDecision(
  volume: LiveVolume,
  before: Texts,
  change: MetadataChange,
  told: (metadata: Texts) => VolumeDecision,
): VolumeDecision {
  if (['maintenance', 'uploading'].includes(labelOf(volume))) return wrongStatus(volume);
  const changed = changedMetadata('volume', before, change);
  if (isRefusal(changed)) return changed;
  return changed.metadata === before ? [] : told({ ...changed.metadata });
}

export function setBootable({ bootable }: Of<'SetBootable'>, volume: LiveVolume): VolumeDecision {
  if (labelOf(volume) === 'maintenance') return wrongStatus(volume);
  return volume.details.bootable === bootable ? [] : [{ type: 'VolumeBootableSet', data: { bootable } }];
}

export function setReadOnly({ readOnly }: Of<'SetReadOnly'>, volume: ProvisionedVolume): VolumeDecision {
  if (volume.label !== 'available') return wrongStatus(volume);
  return volume.details.readOnly === readOnly ? [] : [{ type: 'VolumeReadOnlySet', data: { readOnly } }];
}

/**
 * Another type for the same data on the same pool. What would change the data itself needs a migration, whatever the status; what
 * would change what its users see must wait until it is not in use.
 */
export function retype({ volumeType }: Of<'Retype'>, volume: ProvisionedVolume): VolumeDecision {
  const { label, details } = volume;
  if ((label !== 'available' && label !== 'in-use') || isMigrating(volume)) return wrongStatus(volume);
  if (details.volumeType.id === volumeType.id) return refuse('volume.same_type', { status: label });
  const { encryption, multiattach, qos } = differencesOf(details.volumeType, volumeType);
  if (encryption) return refuse('volume.retype_needs_migration', { status: label, change: 'encryption' });
  if (label === 'in-use' && (multiattach || qos)) {
    return refuse('volume.retype_in_use', { status: label, change: multiattach ? 'multiattach' : 'qos' });
  }
  if (multiattach && volume.attachments.size > 0) {
    return refuse('volume.retype_in_use', { status: label, change: 'multiattach' });
  }
  return [{ type: 'VolumeRetyped', data: { volumeType } }];
}
