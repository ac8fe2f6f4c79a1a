import type { ImageVolume } from '../facts/image-volume';
import type { FactContext, Notice, NoticeData } from './notice';

/** An image-volume whose fill is told of. */
export interface ToldFill {
  /** `host@backend#pool` */
  readonly host: string;
  readonly generation: number;
  readonly volume: ImageVolume;
}

/** The fill of an image-volume, as one of the cache's notices: the volume in it is the image-volume. */
export function fillNotice(
  type: Extract<Notice['type'], `image_volume_cache.fill.${string}`>,
  { host, generation, volume }: ToldFill,
  { requestId, occurredAt }: FactContext,
  more: NoticeData,
): Notice {
  return {
    type,
    subject: volume.imageId,
    data: {
      project_id: volume.projectId,
      user_id: volume.userId,
      volume_id: volume.imageVolumeId,
      size_gib: volume.sizeGib,
      volume_type: null,
      request_id: requestId,
      occurred_at: occurredAt,
      internal: true,
      image_id: volume.imageId,
      host,
      image_volume_id: volume.imageVolumeId,
      generation,
      filled_for: volume.filledFor ?? null,
      ...more,
    },
  };
}
