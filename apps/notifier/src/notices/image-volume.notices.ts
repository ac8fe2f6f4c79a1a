import type { ImageVolume } from '../facts/image-volume';
import type { FactContext, Notice, NoticeData } from './notice';

/** An image-volume's life in the words of any volume's: the internal tenant owns it, and it is marked as internal. */
export function imageVolumeNotice(
  type: Extract<Notice['type'], `volume.${string}`>,
  volume: Partial<ImageVolume> & Pick<ImageVolume, 'imageVolumeId'>,
  host: string,
  { requestId, occurredAt }: FactContext,
  more: NoticeData = {},
): Notice {
  return {
    type,
    subject: volume.imageVolumeId,
    data: {
      project_id: volume.projectId ?? null,
      user_id: volume.userId ?? null,
      volume_id: volume.imageVolumeId,
      size_gib: volume.sizeGib ?? null,
      volume_type: null,
      request_id: requestId,
      occurred_at: occurredAt,
      internal: true,
      name: null,
      image_id: volume.imageId ?? null,
      host,
      availability_zone: null,
      ...more,
    },
  };
}
