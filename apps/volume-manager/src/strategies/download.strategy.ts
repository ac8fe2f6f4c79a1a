import { gibToBytes, gibToHold } from '@hearth/kernel';
import { imageEncryptionOf, openEncrypting, tooLargeToEncrypt } from '../encryption/encrypted-image';
import { encryptionFailure } from '../encryption/volume-encryption';
import type { WrittenImage } from '../fill/write-image';
import { timed } from '../host/host';
import { untilStored } from '../host/until-stored';
import { openWriterWithRoom } from '../pools/open-writer';
import { fillFailure } from '../pools/fill-failure';
import { CreateFailedError } from '../volumes/create-failed.error';
import { owesImage } from '../volumes/owes-image';
import { doesNotFit } from './does-not-fit';
import { lookAgain } from './look-again';
import type { Answer, ImageWork, Strategy } from './strategy';

/** Writes the image straight into the volume: what may not be cached, or cannot be. Never declines. */
export const downloadStrategy: Strategy = { name: 'download', attempt };

const bypass = { outcome: 'bypass', reason: 'not-cached', entry: null } as const;

async function attempt(work: ImageWork): Promise<Answer> {
  const { host, pool, volume } = work;
  // A reimage is told as such already.
  if (volume.state.status === 'placed') await volume.record(host, { do: 'RecordDownloadStarted', pool: pool.ref });
  const { result: written, ms } = await timed(() => pool.backend.lanes.fill(() => download(work)));
  const { bytesDownloaded, bytesWritten, digest, durationsMs, source } = written;
  return {
    status: 'made',
    made: {
      ...bypass,
      cloneMethod: null,
      bytesDownloaded,
      bytesWritten,
      digest,
      source,
      durationsMs: { ...durationsMs, total: ms },
    },
    signature: written.signature,
  };
}

async function download(work: ImageWork): Promise<WrittenImage> {
  const { host, pool, request, sizeGib, image, signal } = work;
  const { volumeId } = request;
  const now = await lookAgain(work, downloadStrategy.name);
  if (now.state === 'unknown') throw failed(now.failure);
  const begun = { pool: pool.ref, generation: null, volumeId, imageId: image.id, bytesTotal: image.sizeBytes };
  const progress = host.progress.begin(begun);
  try {
    const encryption = imageEncryptionOf(work);
    return await host.writeImage({
      // What is encrypted already is judged as such, whatever its record calls it: Cinder has it raw.
      image: encryption?.how === 'as-it-is' ? { ...image, diskFormat: 'luks' } : image,
      signal,
      unitBytes: pool.backend.driver.capabilities.preferredWriteBytes,
      virtualSizeBytesMax: gibToBytes(sizeGib),
      onStep: progress.update,
      open: async (virtualSizeBytes, dataBytes) => {
        const neededGib = gibToHold(virtualSizeBytes);
        if (neededGib > sizeGib) throw failed(doesNotFit(neededGib, sizeGib));
        const openObject = async (bytes: number) => {
          await requireOwed(work);
          return openWriterWithRoom(pool, { volumeId, sizeGib, dataBytes: bytes });
        };
        if (encryption?.how !== 'encrypt') return openObject(dataBytes);
        const excess = tooLargeToEncrypt(virtualSizeBytes, encryption.volume, sizeGib);
        if (excess) throw failed(excess);
        return openEncrypting(encryption, { virtualSizeBytes, dataBytes }, openObject, signal);
      },
    });
  } catch (error) {
    if (error instanceof CreateFailedError) throw error;
    signal.throwIfAborted();
    throw failed(encryptionFailure(error) ?? fillFailure(error, signal), { cause: error });
  } finally {
    progress.end();
  }
}

/** Opening replaces what stands there: that may be what another process under this host's name has finished meanwhile. */
async function requireOwed({ pool, volume, signal }: ImageWork): Promise<void> {
  await untilStored(signal, () => volume.readOn());
  if (!owesImage(pool, volume)) throw failed({ code: 'image.copy_failed', reason: 'The work was ended meanwhile.' });
}

function failed(failure: CreateFailedError['failure'], options?: ErrorOptions): CreateFailedError {
  return new CreateFailedError(failure, { ...bypass, strategy: 'download' }, options);
}
