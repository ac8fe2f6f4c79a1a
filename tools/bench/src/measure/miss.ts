import { runProgram } from '@hearth/testing/servers';
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
    const { on, off } = await onAndOff(stack, options, cloneMethod);
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

/** With and without the cache in turns, so that a machine whose speed drifts does not favour either; medians. */
async function onAndOff(stack: BenchStack, options: MissOptions, cloneMethod: string) {
  const on: number[] = [];
  const off: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    await stack.change({ driverOptions: { cloneMethod } });
    on.push(await createOfFreshImage(stack, options.file, 'miss'));
    await stack.change({ driverOptions: { cloneMethod }, backendOptions: { image_volume_cache_enabled: false } });
    off.push(await createOfFreshImage(stack, options.file, 'bypass'));
  }
  return { on: median(on), off: median(off) };
}

/** The image has a name of its own, so that it is in no cache; the volume goes again, so that room is the same. */
async function createOfFreshImage(stack: BenchStack, file: string, wanted: string): Promise<number> {
  const image = await place(stack, file);
  const { volumeId, availableMs, decision } = await timedCreate(stack, {
    imageRef: image.id,
    sizeGib: gibToHold(image),
  });
  await image.remove();
  if (decision.outcome !== wanted) throw new Error(`a ${wanted} was to be measured and was a ${decision.outcome}`);
  await stack.api.delete(volumeId);
  return availableMs;
}

/** What was copied is on disk before anything is timed: it would be written together with the volume else. */
async function place({ record }: BenchStack, file: string): Promise<PlacedImage> {
  const { imagesDirectory, imageServiceUrl } = record;
  if (!imagesDirectory) throw new Error('the bench has an image service of its own, and it has no folder');
  const image = await placeImage({ file, imagesDirectory, imageServiceUrl });
  await runProgram(['sync']);
  return image;
}
