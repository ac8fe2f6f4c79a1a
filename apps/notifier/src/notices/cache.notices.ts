import type { ImageCacheEvent } from '@hearth/contracts';
import { assertNever } from '@hearth/kernel';
import { type ImageVolume, type ImageVolumes, startedVolume } from '../facts/image-volume';
import { fillNotice } from './fill.notices';
import { imageVolumeNotice } from './image-volume.notices';
import type { FactContext, Notice } from './notice';

type EventOf<Type extends ImageCacheEvent['type']> = Extract<ImageCacheEvent, { type: Type }>;

/**
 * What outsiders are told of an event of a pool's cache; `known` are the pool's image-volumes before it: the cache's own notices,
 * and the life of the image-volume, told as that of any volume and marked as internal. What is new for a type of event goes to
 * the end of its list: how many of a fact's notices are out already is counted.
 */
export function noticesOfCache(
  host: string,
  event: ImageCacheEvent,
  known: ImageVolumes,
  fact: FactContext,
): readonly Notice[] {
  const volume = known.get('generation' in event.data && event.type !== 'released' ? (event.data.generation ?? 0) : 0);
  switch (event.type) {
    case 'fill-started': {
      const started = startedVolume(event.data);
      const { generation, attempt } = event.data;
      return [
        imageVolumeNotice('volume.create.start', started, host, fact),
        fillNotice('image_volume_cache.fill.start', { host, generation, volume: started }, fact, { attempt }),
      ];
    }
    case 'create':
      return [
        ofEntry('image_volume_cache.create', host, event, volume, fact),
        imageVolumeNotice('volume.create.end', { ...volume, ...event.data }, host, fact, {
          bootable: false,
          outcome: null,
        }),
        ...fillEnd(host, event, volume, fact),
      ];
    case 'fill-failed': {
      if (!volume) return [];
      const { code, reason } = event.data.failure;
      return [
        imageVolumeNotice('volume.create.error', volume, host, fact, { error_code: code, reason }),
        imageVolumeNotice('volume.delete.start', volume, host, fact),
        ...fillEnd(host, event, volume, fact),
      ];
    }
    case 'verify-failed':
      return [corrupt(host, event, volume, fact)];
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
    case 'identified':
    case 'joined':
    case 'released':
    case 'leased':
    case 'lease-ended':
    case 'verified':
    case 'suspended':
    case 'resumed':
    case 'pinned':
    case 'unpinned':
    case 'switched-off':
    case 'switched-on':
    case 'asked':
    case 'prefetch-requested':
    case 'prefetch-cancelled':
    case 'prefetch-ended':
    case 'dependants-counted':
    case 'size-corrected':
    case 'orphan-removed':
      return [];
    default:
      return assertNever(event);
  }
}

/** None where the log no longer holds how the fill began. */
function fillEnd(
  host: string,
  event: EventOf<'create'> | EventOf<'fill-failed'>,
  volume: ImageVolume | undefined,
  fact: FactContext,
): readonly Notice[] {
  if (!volume) return [];
  const failure = event.type === 'fill-failed' ? event.data.failure : null;
  const { generation } = event.data;
  const more = {
    succeeded: failure === null,
    error_code: failure?.code ?? null,
    reason: failure?.reason ?? null,
    ...(event.type === 'create' ? sourceOf(event) : { source: null, source_host: null }),
    bytes_downloaded: event.type === 'create' ? event.data.bytesDownloaded : null,
  };
  return [fillNotice('image_volume_cache.fill.end', { host, generation, volume }, fact, more)];
}

/** The copy's eviction is a fact of its own, beside this one. */
function corrupt(
  host: string,
  { data }: EventOf<'verify-failed'>,
  volume: ImageVolume | undefined,
  fact: FactContext,
): Notice {
  const { expectedDigest, contentDigest, bytesRead } = data;
  const found = { expected_digest: expectedDigest, found_digest: contentDigest, bytes_read: bytesRead };
  return {
    type: 'image_volume_cache.corrupt',
    subject: data.imageId,
    data: { ...entryFields(host, { ...data, sizeGib: volume?.sizeGib ?? null }, volume, fact), ...found },
  };
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
  fact: FactContext,
): Notice {
  const more = event.type === 'evict' ? { reason: event.data.reason } : filled(event);
  return {
    type,
    subject: event.data.imageId,
    data: { ...entryFields(host, event.data, volume, fact), ...more },
  };
}

interface Entry {
  readonly generation: number;
  readonly imageId: string;
  readonly imageVolumeId: string;
  readonly sizeGib: number | null;
}

function entryFields(
  host: string,
  { generation, imageId, imageVolumeId, sizeGib }: Entry,
  volume: ImageVolume | undefined,
  { requestId, occurredAt }: FactContext,
) {
  return {
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
  };
}

function filled(event: EventOf<'create'>) {
  const { digest, verifiedBy, bytesDownloaded, bytesWritten } = event.data;
  const moved = { bytes_downloaded: bytesDownloaded, bytes_written: bytesWritten };
  return { digest, verified_by: verifiedBy, ...sourceOf(event), ...moved };
}

/** A fact that names no source is from before there were any but the image service. */
function sourceOf({ data: { source } }: EventOf<'create'>) {
  return { source: source?.kind ?? 'image-service', source_host: source?.host ?? null };
}
