import type { FillEvidence, FillSource } from '@hearth/contracts';
import { parseDiskFormat } from '@hearth/image-format';
import { FillError } from './fill-error';
import { type FillOrder, type FillTools, FillWork } from './fill-work';
import { expectedHash } from './expected-hash';
import { asFillError, withRemains, withoutSize } from './image-problems';
import { MustStartOverError } from './source/download-problems';
import { writeStoredImage } from './stored-image';
import { streamImage } from './stream-image';

export { FillError } from './fill-error';

export interface WrittenImage extends FillEvidence {
  readonly virtualSizeBytes: number;
  readonly source: FillSource;
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  readonly durationsMs: Readonly<Record<string, number>>;
}

/** How often an image is begun anew because its download broke where it cannot go on. */
const attemptsMax = 3;

const streamed = ['raw', 'qcow2', 'iso', 'luks'];
const stored = ['vmdk', 'vhd', 'vhdx', 'vdi'];

/**
 * Fetches an image and writes its disk: what arrives is hashed on another thread, inspected before anything of it is used, decoded,
 * and written sparsely; nobody runs ahead of the slowest. Memory is bounded, whatever the image's size. What can be decoded while it
 * arrives is not stored anywhere else.
 *
 * Throws a `FillError` with its failure, or what `open` has thrown. Then the object was removed again.
 */
export async function writeImage(order: FillOrder, tools: FillTools): Promise<WrittenImage> {
  checkOrder(order);
  const signature = await tools.signatures?.prepare(order.image, order.signal);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tools.lanes.use((lane) => writeOnce(new FillWork(order, tools, lane, signature)));
    } catch (error) {
      if (!(error instanceof MustStartOverError) || attempt >= attemptsMax) throw error;
    }
  }
}

/** What can be told without a byte of the image. */
function checkOrder({ image }: FillOrder): void {
  const { containerFormat, diskFormat, sizeBytes } = image;
  if (!['bare', 'compressed'].includes(containerFormat)) {
    throw unsupported('container format', containerFormat, 'bare and compressed');
  }
  const format = parseDiskFormat(diskFormat);
  if (!format || ![...streamed, ...stored].includes(format)) {
    throw unsupported('disk format', diskFormat, [...streamed, ...stored].join(', '));
  }
  if (sizeBytes === 0) throw withoutSize(image);
  expectedHash(image);
}

function unsupported(what: string, found: string, supported: string): FillError {
  const reason = `Images of the ${what} ${found || '(none)'} are not supported; ${supported} can be used.`;
  return new FillError({ code: 'image.unacceptable', reason });
}

async function writeOnce(work: FillWork): Promise<WrittenImage> {
  const { image, signal } = work.order;
  try {
    const isStreamed =
      image.containerFormat === 'bare' && streamed.includes(parseDiskFormat(image.diskFormat) ?? image.diskFormat);
    const { digest, disk } = await (isStreamed ? streamImage(work) : writeStoredImage(work));
    const contentDigest = await disk.end((bytesDone, bytesTotal) => work.converted(bytesDone, bytesTotal));
    await work.finish();
    const { virtualSizeBytes, verifiedBy, signatureState, ignoredChecks, bytesDownloaded, durationsMs } = work;
    return {
      ...{
        virtualSizeBytes,
        digest,
        verifiedBy,
        contentDigest,
        signature: signatureState,
        bytesDownloaded,
        durationsMs,
      },
      ignoredChecks: [...ignoredChecks],
      source: { kind: 'image-service', host: null, declined: [] },
      bytesWritten: disk.bytesWritten,
    };
  } catch (error) {
    const failure = asFillError(error, image);
    const remains = await work.abort();
    signal.throwIfAborted();
    throw remains === undefined ? failure : withRemains(failure, remains);
  }
}
