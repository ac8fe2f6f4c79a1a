import { gibToHold } from '@hearth/kernel';
import { FillError, writeImage } from '../fill/write-image';
import { timed } from '../host/host';
import { objectOf } from '../pools/pool';
import { CreateFailedError } from '../volumes/create-failed.error';
import { record } from '../volumes/known-volume';
import type { Answer, ImageWork, Strategy } from './strategy';

/** Writes the image straight into the volume: what may not be cached, or cannot be. Never declines. */
export const downloadStrategy: Strategy = { name: 'download', attempt };

const outcome = { outcome: 'bypass', strategy: 'download', reason: 'not-cached', entry: null } as const;

async function attempt(work: ImageWork): Promise<Answer> {
  const { host, pool } = work;
  await record(host, work.volume, { do: 'RecordDownloadStarted', pool: pool.ref });
  const { result: written, ms } = await timed(() => host.fills.pass(() => download(work)));
  return {
    status: 'made',
    made: {
      outcome: 'bypass',
      reason: outcome.reason,
      entry: null,
      cloneMethod: null,
      bytesDownloaded: written.bytesDownloaded,
      bytesWritten: written.bytesWritten,
      digest: written.digest,
      durationsMs: { ...written.durationsMs, total: ms },
    },
  };
}

async function download({ host, pool, request, image, signal }: ImageWork) {
  const { sizeGib } = request;
  try {
    return await writeImage({
      image,
      source: host.images,
      scratchDirectory: host.scratchDirectory,
      signal,
      open: (virtualSizeBytes) => {
        refuseUnlessItFits(virtualSizeBytes, sizeGib);
        return pool.backend.driver.openWriter(objectOf(pool, request.volumeId), sizeGib);
      },
    });
  } catch (error) {
    if (error instanceof FillError) throw new CreateFailedError(error.failure, outcome, { cause: error });
    throw error;
  }
}

function refuseUnlessItFits(virtualSizeBytes: number, sizeGib: number): void {
  const neededGib = gibToHold(virtualSizeBytes);
  if (neededGib <= sizeGib) return;
  const reason = `The image's virtual size is ${neededGib} GiB and does not fit in a volume of ${sizeGib} GiB.`;
  throw new CreateFailedError({ code: 'image.unacceptable', reason }, outcome);
}
