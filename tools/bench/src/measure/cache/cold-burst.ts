import { verifyVolumes } from '../../../../dev-stack/src/demo/verify-bytes';
import { cacheEvents } from '../../../../dev-stack/src/demo/seen';
import { gibToHold, type PlacedImage } from '../../../../dev-stack/src/demo/place-image';
import type { BenchStack } from '../../bench-stack';
import type { Figure } from '../../figures';
import { atOnce, timedCreate } from '../timed-create';
import type { CountingProxy } from './counting-proxy';

export interface ColdBurstOptions {
  readonly image: PlacedImage;
  readonly count: number;
  readonly availabilityZone: string;
  readonly proxy: CountingProxy;
  readonly backendDirectory: string;
  readonly scratchParent: string;
}

const sampleSize = 8;

/** Creates of an image that nobody has asked for, all at once. Throws when one of them fails, or holds other bytes than the image. */
export async function coldBurstFigures(stack: BenchStack, options: ColdBurstOptions): Promise<Figure[]> {
  const { image, count, availabilityZone, proxy, backendDirectory, scratchParent } = options;
  const sizeGib = gibToHold(image);
  const before = stack.watch.seen.length;
  const beganMs = performance.now();
  const creates = await atOnce(count, count, () =>
    timedCreate(stack, { imageRef: image.id, sizeGib, availabilityZone }),
  );
  const seconds = (performance.now() - beganMs) / 1_000;
  const step = Math.max(1, Math.floor(count / sampleSize));
  const sample = creates.filter((_, index) => index % step === 0).map(({ volumeId }) => volumeId);
  await verifyVolumes({ image, sizeGib, volumeIds: sample, backendDirectory, scratchParent });
  const digests = new Set(creates.map(({ decision }) => decision.digest));
  if (digests.size !== 1 || digests.has(null)) throw new Error(`the volumes of one image have ${digests.size} digests`);
  const fills = cacheEvents(stack.watch.seen.slice(before), 'fill-started').length;
  const note = `${count} creates at once, all available after ${seconds.toFixed(1)} s; ${sample.length} of them compared with the image`;
  const exactly = { atMost: 1 } as const;
  return [
    { name: `downloads, ${count} creates at once`, value: proxy.downloadsOf(image.id), unit: '', goal: exactly, note },
    { name: `fills, ${count} creates at once`, value: fills, unit: '', goal: exactly },
    { name: `correct volumes, ${count} creates at once`, value: creates.length, unit: '', goal: { atLeast: count } },
  ];
}
