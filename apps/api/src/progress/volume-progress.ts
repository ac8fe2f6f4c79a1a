import type { FillProgress } from '@hearth/contracts';
import type { ListedVolume } from '@hearth/read-model';
import type { ReadSide } from '../reads/read-side';
import type { FillsInSight } from './seen-fills';

interface Sources {
  readonly reads: Pick<ReadSide, 'listNeededFills'>;
  readonly fills: FillsInSight;
}

/** A volume with the progress of its image, if that is on its way. */
export type WithProgress<Volume extends ListedVolume> = Volume & { readonly progress?: FillProgress };

/**
 * Volumes with the progress of the fill that each is made from: its own download, the fill that its create began or joined, or
 * the one of the image-volume that it is. The rows are asked only where a fill runs and a volume waits for one. Throws
 * `ReadModelUnavailableError`.
 */
export async function withProgress<Volume extends ListedVolume>(
  { reads, fills }: Sources,
  volumes: readonly Volume[],
): Promise<readonly WithProgress<Volume>[]> {
  const waiting = fills.any ? volumes.filter(isBeingFilled) : [];
  if (waiting.length === 0) return volumes;
  const found = new Map<string, FillProgress>();
  for (const { id } of waiting) note(found, id, fills.ofDownload(id));
  const others = waiting.map(({ id }) => id).filter((id) => !found.has(id));
  for (const { volumeId, pool, generation } of others.length > 0 ? await reads.listNeededFills(others) : []) {
    note(found, volumeId, fills.ofEntry(pool, generation));
  }
  return volumes.map((volume) => {
    const progress = found.get(volume.id);
    return progress ? { ...volume, progress } : volume;
  });
}

function isBeingFilled({ status, imageId }: ListedVolume): boolean {
  return imageId !== null && (status === 'creating' || status === 'downloading');
}

function note(found: Map<string, FillProgress>, volumeId: string, progress: FillProgress | undefined): void {
  if (progress) found.set(volumeId, progress);
}
