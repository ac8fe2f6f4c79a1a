import { decodeQcow2File } from '@hearth/image-format';
import type { ScratchFile } from './convert/scratch-file';
import type { DiskWriter } from './disk/disk-writer';
import type { FillWork } from './fill-work';
import { undecodable } from './image-problems';

/** Writes the disk in a qcow2 that was stored, and tells how far it is. Throws `image.unacceptable`, or the signal's reason. */
export async function decodeFile(work: FillWork, file: ScratchFile, disk: DiskWriter): Promise<DiskWriter> {
  const { signal } = work.order;
  signal.throwIfAborted();
  let decodedBytes = 0;
  const decoded = await decodeQcow2File(await file.asSource(), async (region) => {
    signal.throwIfAborted();
    await disk.write([region]);
    decodedBytes += 'packed' in region ? region.lengthBytes : region.bytes.length;
    work.converted(decodedBytes);
  });
  if (decoded.status === 'failed') throw undecodable(decoded.problem);
  work.converted(work.virtualSizeBytes);
  return disk;
}
