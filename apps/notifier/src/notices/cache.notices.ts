import type { ImageCacheEvent } from '@hearth/contracts';
import { assertNever } from '@hearth/kernel';
import type { ImageVolume, ImageVolumes } from '../facts/image-volume';
import { imageVolumeNotice } from './image-volume.notices';
import type { FactContext, Notice } from './notice';

type EventOf<Type extends ImageCacheEvent['type']> = Extract<ImageCacheEvent, { type: Type }>;

/**
 * What outsiders are told of an event of a pool's cache; `known` are the pool's image-volumes before it. The cache's own notices
 * come first, then the life of the image-volume, told as that of any volume and marked as internal.
 */
export function noticesOfCache(
  host: string,
  event: ImageCacheEvent,
  known: ImageVolumes,
  fact: FactContext,
): readonly Notice[] {
  const volume = known.get(event.type === 'released' ? 0 : event.data.generation);
  switch (event.type) {
    case 'fill-started':
      return [imageVolumeNotice('volume.create.start', startedVolume(event), host, fact)];
    case 'create':
      return [
        ofEntry('image_volume_cache.create', host, event, volume, fact),
        imageVolumeNotice('volume.create.end', { ...volume, ...event.data }, host, fact, {
          bootable: false,
          outcome: null,
        }),
      ];
    case 'fill-failed': {
      if (!volume) return [];
      const { code, reason } = event.data.failure;
      return [
        imageVolumeNotice('volume.create.error', volume, host, fact, { error_code: code, reason }),
        imageVolumeNotice('volume.delete.start', volume, host, fact),
      ];
    }
    case 'evict':
      return [
        ofEntry('image_volume_cache.evict', host, event, volume, fact),
        imageVolumeNotice('volume.delete.start', { ...volume, ...event.data }, host, fact),
      ];
    case 'reaped':
      return [imageVolumeNotice('volume.delete.end', { ...volume, ...event.data }, host, fact)];
    case 'hit':
    case 'miss':
      return [ofUse(host, event, volume, fact)];
    case 'fill-sized':
    case 'joined':
    case 'released':
    case 'leased':
    case 'lease-ended':
    case 'verified':
    case 'verify-failed':
      return [];
    default:
      return assertNever(event);
  }
}

function startedVolume({ data }: EventOf<'fill-started'>): ImageVolume {
  const { imageVolumeId, image, sizeGib, internalProjectId, internalUserId } = data;
  return { imageVolumeId, imageId: image.id, sizeGib, projectId: internalProjectId, userId: internalUserId };
}

/** The volume of a use is the tenant's. */
function ofUse(
  host: string,
  event: EventOf<'hit'> | EventOf<'miss'>,
  volume: ImageVolume | undefined,
  fact: FactContext,
): Notice {
  const { volumeId, generation, imageId, projectId, userId, sizeGib, volumeType, requestId } = event.data;
  const { type } = event;
  return {
    type: `image_volume_cache.${type}`,
    subject: imageId,
    data: {
      project_id: projectId,
      user_id: userId,
      volume_id: volumeId,
      size_gib: sizeGib,
      volume_type: volumeType,
      request_id: requestId ?? fact.requestId,
      occurred_at: fact.occurredAt,
      internal: false,
      image_id: imageId,
      host,
      image_volume_id: volume?.imageVolumeId ?? null,
      generation,
      ...(type === 'hit' ? { joined: event.data.joined } : { failed: event.data.failed }),
    },
  };
}

/** The volume of an entry is the image-volume. */
function ofEntry(
  type: 'image_volume_cache.create' | 'image_volume_cache.evict',
  host: string,
  event: EventOf<'create'> | EventOf<'evict'>,
  volume: ImageVolume | undefined,
  { requestId, occurredAt }: FactContext,
): Notice {
  const { generation, imageId, imageVolumeId, sizeGib } = event.data;
  return {
    type,
    subject: imageId,
    data: {
      project_id: volume?.projectId ?? null,
      user_id: volume?.userId ?? null,
      volume_id: imageVolumeId,
      size_gib: sizeGib,
      volume_type: null,
      request_id: requestId,
      occurred_at: occurredAt,
      internal: true,
      image_id: imageId,
      host,
      image_volume_id: imageVolumeId,
      generation,
      ...(event.type === 'evict' ? { reason: event.data.reason } : filled(event)),
    },
  };
}

function filled({ data }: EventOf<'create'>) {
  const { digest, verifiedBy, bytesDownloaded, bytesWritten } = data;
  return { digest, verified_by: verifiedBy, bytes_downloaded: bytesDownloaded, bytes_written: bytesWritten };
}
