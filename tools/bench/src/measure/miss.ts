import { gibToHold, placeImage, type PlacedImage } from '../../../dev-stack/src/demo/place-image';
import type { BenchStack } from '../bench-stack';
import { type Figure, median } from '../figures';
import { measureFloor } from './floor';
import { timedCreate } from './timed-create';

export interface MissOptions {
  readonly file: string;
  /** On the file system that is measured. */
  readonly directory: string;
  readonly runs: number;
  readonly cloneMethods: readonly string[];
  readonly log: (line: string) => void;
}

/** A miss against the same create without a cache, for each way to clone; and the quickest against its floor. */
export async function measureMisses(stack: BenchStack, options: MissOptions): Promise<Figure[]> {
  const { cloneMethods, log } = options;
  const figures: Figure[] = [];
  const misses: number[] = [];
  for (const cloneMethod of cloneMethods) {
    log(`misses, cloned by ${cloneMethod}`);
    await stack.change({ driverOptions: { cloneMethod } });
    const on = await createsOfFreshImages(stack, options, 'miss');
    await stack.change({ driverOptions: { cloneMethod }, backendOptions: { image_volume_cache_enabled: false } });
    const off = await createsOfFreshImages(stack, options, 'bypass');
    misses.push(on);
    const goal = cloneMethod === 'copy' ? undefined : { atMost: 1.1 };
    const note = `${on.toFixed(0)} ms with the cache, ${off.toFixed(0)} ms without; ${options.runs} runs each`;
    figures.push({ name: `miss, cache on / off, ${cloneMethod}`, value: on / off, unit: 'x', goal, note });
  }
  return [...figures, ...(await againstFloor(stack, options, misses[0]!))];
}

async function againstFloor(stack: BenchStack, options: MissOptions, missMs: number): Promise<Figure[]> {
  const { record } = stack;
  const image = await place(stack, options.file);
  const floor = await measureFloor(image, { ...options, imageServiceUrl: record.imageServiceUrl });
  await image.remove();
  const { downloadMs, hashMs, convertMs } = floor;
  const [download, hash, convert] = [downloadMs, hashMs, convertMs].map((ms) => `${ms.toFixed(0)} ms`);
  return [
    { name: `miss, ${options.cloneMethods[0]}, p50`, value: missMs, unit: 'ms' },
    {
      ...{ name: 'miss / slowest part', value: missMs / Math.max(downloadMs, hashMs, convertMs), unit: 'x' },
      goal: { atMost: 1.5 },
      note: `curl and sync ${download}, SHA-512 ${hash}, qemu-img convert ${convert}`,
    },
  ];
}

/** Each image under a name of its own, so that none is in the cache; volumes go again, so that room is the same. */
async function createsOfFreshImages(stack: BenchStack, { file, runs }: MissOptions, wanted: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const image = await place(stack, file);
    const { volumeId, availableMs, decision } = await timedCreate(stack, {
      imageRef: image.id,
      sizeGib: gibToHold(image),
    });
    await image.remove();
    if (decision.outcome !== wanted) throw new Error(`a ${wanted} was to be measured and was a ${decision.outcome}`);
    times.push(availableMs);
    await stack.api.delete(volumeId);
  }
  return median(times);
}

function place({ record }: BenchStack, file: string): Promise<PlacedImage> {
  const { imagesDirectory, imageServiceUrl } = record;
  if (!imagesDirectory) throw new Error('the bench has an image service of its own, and it has no folder');
  return placeImage({ file, imagesDirectory, imageServiceUrl });
}
