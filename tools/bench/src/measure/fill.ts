// A fill, taken apart: against the least it costs, against the way it is usually done, and what it does to memory and to others.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import { type PlacedImage, gibToHold, placeImage } from '../../../dev-stack/src/demo/place-image';
import type { BenchStack } from '../bench-stack';
import type { FillImage } from '../fill-images';
import { type Figure, median } from '../figures';
import { measureFloor } from './floor';
import { type TimedCreate, timedCreate } from './timed-create';
import { watchProcess } from './watch-process';

export interface FillOptions {
  readonly images: readonly FillImage[];
  /** On the file system that is measured. */
  readonly directory: string;
  readonly runs: number;
  /** Creates of a cached image while nothing else goes on, and while two fills do. */
  readonly hits: number;
  readonly log: (line: string) => void;
}

export async function measureFills(stack: BenchStack, options: FillOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const image of options.images) {
    options.log(`fills: ${image.shape}`);
    figures.push(...(await ofShape(stack, image, options)));
  }
  options.log('hits beside two fills');
  figures.push(...(await hitsBesideFills(stack, options)));
  return figures;
}

/** Fill, floor and classic pipeline of one image in turns, so that a machine whose speed drifts favours none. */
async function ofShape(stack: BenchStack, image: FillImage, options: FillOptions): Promise<Figure[]> {
  const { directory, runs } = options;
  const fills: number[] = [];
  const floors: number[] = [];
  const classics: number[] = [];
  const parts: string[] = [];
  const growth: number[] = [];
  let scratchBytes = 0;
  for (let run = 0; run < runs; run++) {
    const placed = await place(stack, image.file);
    try {
      const watched = await watchProcess(stack, 'volume-manager');
      const { decision, volumeId } = await miss(stack, placed);
      const seen = await watched.end();
      growth.push(seen.grownBytes);
      scratchBytes = Math.max(scratchBytes, seen.scratchBytes);
      fills.push(decision.durationsMs['fill'] ?? Number.NaN);
      const where = { directory, imageServiceUrl: stack.record.imageServiceUrl };
      const floor = await measureFloor(placed, { ...where, runs: 1 });
      floors.push(Math.max(floor.downloadMs, floor.hashMs, floor.convertMs));
      parts.push([floor.downloadMs, floor.hashMs, floor.convertMs].map((ms) => ms.toFixed(0)).join('/'));
      classics.push(await classicMs(placed, where));
      await stack.api.delete(volumeId);
    } finally {
      await placed.remove();
    }
  }
  const ratios = fills.map((fill, run) => fill / floors[run]!);
  const gains = fills.map((fill, run) => classics[run]! / fill);
  const name = `fill, ${image.shape}`;
  const note = `fill ${list(fills)} ms; curl and sync/SHA-512/qemu-img convert ${parts.join(', ')} ms`;
  const memory = Math.max(...growth) / 2 ** 20;
  return [
    { name: `${name}: / slowest part`, value: median(ratios), unit: 'x', goal: { atMost: 1.5 }, note },
    {
      ...{ name: `${name}: faster than the classic way`, value: median(gains), unit: 'x', goal: { atLeast: 1.8 } },
      note: `download, convert, copy: ${list(classics)} ms`,
    },
    { name: `${name}: memory grows by`, value: memory, unit: 'MiB', goal: { atMost: 64 } },
    { name: `${name}: scratch`, value: scratchBytes / 2 ** 20, unit: 'MiB', goal: { atMost: 0 } },
  ];
}

const list = (values: readonly number[]) => values.map((ms) => ms.toFixed(0)).join(', ');

/** A download to a file, a conversion to another, and a copy of that onto the volume, synced: without a hash of any of it. */
async function classicMs(
  image: PlacedImage,
  { directory, imageServiceUrl }: { readonly directory: string; readonly imageServiceUrl: string },
): Promise<number> {
  const [curl, qemuImg, dd] = await Promise.all([
    requireProgram('curl', { debianPackage: 'curl' }),
    requireProgram('qemu-img', { debianPackage: 'qemu-utils' }),
    requireProgram('dd', { debianPackage: 'coreutils' }),
  ]);
  const file = (name: string) => join(directory, `classic-${name}`);
  const timeoutMs = 600_000;
  const startedAtMs = performance.now();
  const url = `${imageServiceUrl}/v2/images/${image.id}/file`;
  await runProgram([curl, '--silent', '--fail', '--output', file('download'), url], { timeoutMs });
  const convert = ['convert', '-f', image.diskFormat, '-O', 'raw', file('download'), file('raw')];
  await runProgram([qemuImg, ...convert], { timeoutMs });
  await runProgram([dd, `if=${file('raw')}`, `of=${file('volume')}`, 'bs=1M', 'conv=sparse,fdatasync'], { timeoutMs });
  const ms = performance.now() - startedAtMs;
  await Promise.all(['download', 'raw', 'volume'].map((name) => rm(file(name), { force: true })));
  return ms;
}

/** The first image is cached; two others are filled over and over meanwhile. */
async function hitsBesideFills(stack: BenchStack, { images, hits }: FillOptions): Promise<Figure[]> {
  const [first, second, third] = images;
  if (!first || !second || !third) throw new Error('three images are needed');
  const cached = await place(stack, second.file);
  const hit = () => timedCreate(stack, { imageRef: cached.id, sizeGib: gibToHold(cached) });
  await hit();
  const idle = await serial(hits, hit);
  let ending = false;
  const filling = [first, third].map(async ({ file }) => {
    let fills = 0;
    for (; !ending; fills++) {
      const placed = await place(stack, file);
      const { volumeId } = await miss(stack, placed);
      await stack.api.delete(volumeId);
      await placed.remove();
    }
    return fills;
  });
  // Both are in the middle of their first fill by then, and go on until the last hit.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const busy = await serial(hits, hit).finally(() => (ending = true));
  const fills = (await Promise.all(filling)).reduce((sum, count) => sum + count, 0);
  await cached.remove();
  const p50 = (creates: readonly TimedCreate[]) => median(creates.map(({ availableMs }) => availableMs));
  const note = `${p50(busy).toFixed(1)} ms beside ${fills} fills, two at a time; ${p50(idle).toFixed(1)} ms alone; ${hits} hits each`;
  return [
    { name: 'hit beside two fills / alone, p50', value: p50(busy) / p50(idle), unit: 'x', goal: { atMost: 2 }, note },
  ];
}

async function serial(count: number, create: () => Promise<TimedCreate>): Promise<TimedCreate[]> {
  const creates: TimedCreate[] = [];
  for (let index = 0; index < count; index++) creates.push(await create());
  const strange = creates.find(({ decision }) => decision.outcome !== 'hit');
  if (strange) throw new Error(`a hit was measured that was a ${strange.decision.outcome}`);
  return creates;
}

async function miss(stack: BenchStack, image: PlacedImage): Promise<TimedCreate> {
  const created = await timedCreate(stack, { imageRef: image.id, sizeGib: gibToHold(image) });
  const { outcome } = created.decision;
  if (outcome !== 'miss') throw new Error(`a miss was to be measured and was a ${outcome}`);
  return created;
}

async function place({ record }: BenchStack, file: string): Promise<PlacedImage> {
  const { imagesDirectory, imageServiceUrl } = record;
  if (!imagesDirectory) throw new Error('the bench has an image service of its own, and it has no folder');
  return placeImage({ file, imagesDirectory, imageServiceUrl });
}
