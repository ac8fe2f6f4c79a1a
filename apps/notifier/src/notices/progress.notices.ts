import type { FillProgress } from '@hearth/contracts';
import type { ImageVolume } from '../facts/image-volume';
import type { VolumeOwner } from '../facts/volume-owner';
import { fillNotice } from './fill.notices';
import type { Notice } from './notice';
import { tellVolume } from './volume.notices';

/** How far the fill of an image-volume has come: no fact is behind it, and no request. */
export function fillProgressNotice(progress: FillProgress, generation: number, volume: ImageVolume): Notice {
  const type = 'image_volume_cache.fill.progress';
  return fillNotice(type, { host: progress.pool, generation, volume }, contextOf(progress), told(progress));
}

/** How far the image that is written straight into a volume has come. */
export function downloadProgressNotice(progress: FillProgress, volumeId: string, owner: VolumeOwner): Notice {
  const data = { ...tellVolume(volumeId, owner, contextOf(progress)), host: progress.pool, ...told(progress) };
  return { type: 'volume.download.progress', subject: volumeId, data };
}

const contextOf = ({ at }: FillProgress) => ({ requestId: null, occurredAt: at });

const told = ({ phase, percent, bytesDone, bytesTotal, startedAt }: FillProgress) => ({
  phase,
  percent,
  bytes_done: bytesDone,
  bytes_total: bytesTotal,
  started_at: startedAt,
});
