// Every figure that Hearth promises, measured on a stack of its own: `npm run bench`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { withFilesystem } from '@hearth/testing/servers';
import { placeImage, type PlacedImage } from '../../dev-stack/src/demo/place-image';
import { makeDemoImage } from '../../dev-stack/src/disk-image/demo-image';
import { exitCodeOf, failureText, untilInterrupted } from '../../dev-stack/src/failure-text';
import { type BenchStack, startBenchStack } from './bench-stack';
import { readInherited } from './config';
import { makeFillImages } from './fill-images';
import { type Figure, figureTable, isMet } from './figures';
import { measureAdvisor } from './measure/advisor';
import { measureApi } from './measure/api';
import { measureBursts } from './measure/burst';
import { measureCache } from './measure/cache';
import { measureFills } from './measure/fill';
import { measureHits } from './measure/hits';
import { measureMemory } from './measure/memory';
import { measureMisses } from './measure/miss';
import { measurePeerFills } from './measure/peer';
import { measureRebuild } from './measure/rebuild';
import { timedCreate } from './measure/timed-create';
import { type Options, parseOptions } from './options';

/** Sparse: room is promised, and little of it is used. */
const filesystemMib = 256 * 1024;
const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

async function main(options: Options): Promise<Figure[]> {
  const signal = untilInterrupted();
  const home = options.directory ? await inFolder(options.directory) : await onXfs();
  const figures: Figure[] = [];
  try {
    if (options.only.some((name) => !['peer', 'rebuild', 'api', 'cache', 'advisor'].includes(name)))
      figures.push(...(await onStack(options, home.directory, signal)));
    if (options.only.includes('peer')) {
      log('fills from a peer');
      const [dataMib, runs] = options.quick ? [256, 1] : [1024, 3];
      figures.push(...(await measurePeerFills({ directory: home.directory, dataMib, runs, signal, log })));
    }
    if (options.only.includes('rebuild')) {
      log('rebuild');
      figures.push(
        ...(await measureRebuild(options.quick ? { volumes: 7_000, runs: 1 } : { volumes: 34_000, runs: 3 })),
      );
    }
    if (options.only.includes('api')) {
      const sizes = options.quick
        ? { fewVolumes: 1_000, manyVolumes: 10_000, requests: 2_000, creates: 200 }
        : { fewVolumes: 1_000, manyVolumes: 100_000, requests: 20_000, creates: 2_000 };
      figures.push(...(await measureApi({ directory: home.directory, ...sizes, signal, log })));
    }
    if (options.only.includes('cache')) {
      figures.push(...(await cache(options.quick, home.directory, signal)));
    }
    if (options.only.includes('advisor')) {
      log('advisor');
      figures.push(
        ...measureAdvisor(options.quick ? { decisions: 100_000, runs: 1 } : { decisions: 1_000_000, runs: 3 }),
      );
    }
    return figures;
  } finally {
    await home.remove();
  }
}

function cache(quick: boolean, directory: string, signal: AbortSignal): Promise<Figure[]> {
  const sizes = quick
    ? { entries: 500, decisions: 20_000, hits: 10, requests: 200, creates: 50 }
    : { entries: 10_000, decisions: 1_000_000, hits: 100, requests: 2_000, creates: 1_000 };
  const makeImage = (parent: string) =>
    makeDemoImage({ directory: parent, fileName: 'cache.qcow2', virtualSizeMib: 1024, dataMib: quick ? 50 : 300, log });
  return measureCache({ ...sizes, directory, makeImage, signal, log });
}

interface Home {
  readonly directory: string;
  remove(): Promise<void>;
}

async function onXfs(): Promise<Home> {
  const { directory, stop } = await withFilesystem('xfs', { sizeMib: filesystemMib, isLikeADisk: true });
  return { directory, remove: stop };
}

async function inFolder(parent: string): Promise<Home> {
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'hearth-bench-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** The measurements that need the apps. The state lies elsewhere than the volumes: the log is not to wait for them. */
async function onStack({ only, quick }: Options, directory: string, signal: AbortSignal): Promise<Figure[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'hearth-bench-state-'));
  const figures: Figure[] = [];
  const wants = (name: Options['only'][number]) => only.includes(name);
  try {
    const backendDirectory = join(directory, 'volumes');
    const stack = await startBenchStack({ stateDir, backendDirectory, inherited: readInherited(), signal, log });
    try {
      process.stdout.write(`${describeMachine(stack)}\n`);
      if (wants('memory')) figures.push(await measureMemory(stack, 'fresh'));
      const needsSmall = (['hits', 'burst', 'miss'] as const).some(wants);
      const files = needsSmall ? await makeImages(stateDir, quick) : { small: '', large: '' };
      if (wants('hits')) figures.push(...(await hits(stack, files, quick)));
      signal.throwIfAborted();
      if (wants('burst')) figures.push(...(await bursts(stack, files.small, quick)));
      signal.throwIfAborted();
      if (wants('memory')) figures.push(await measureMemory(stack, 'after work'));
      if (wants('miss')) {
        const cloneMethods = await cloneMethodsOf(stack, files.small);
        const runs = quick ? 2 : 5;
        figures.push(...(await measureMisses(stack, { file: files.small, directory, runs, cloneMethods, log })));
      }
      signal.throwIfAborted();
      if (wants('fill')) {
        const images = await makeFillImages({ directory: join(directory, 'images'), dataMib: quick ? 256 : 1024, log });
        await stack.change({});
        figures.push(
          ...(await measureFills(stack, { images, directory, runs: quick ? 1 : 3, hits: quick ? 20 : 50, log })),
        );
      }
    } finally {
      await stack.end();
    }
    return figures;
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

interface ImageFiles {
  readonly small: string;
  readonly large: string;
}

/** Disks of 1 and of 10 GiB with files on them. */
async function makeImages(directory: string, quick: boolean): Promise<ImageFiles> {
  const make = (fileName: string, virtualSizeMib: number, dataMib: number) =>
    makeDemoImage({ directory: join(directory, 'made'), fileName, virtualSizeMib, dataMib, log });
  const small = await make('bench-1gib.qcow2', 1024, quick ? 100 : 300);
  return { small, large: await make('bench-10gib.qcow2', 10 * 1024, quick ? 300 : 1500) };
}

async function withImages<T>(
  { record }: BenchStack,
  files: readonly string[],
  work: (images: PlacedImage[]) => Promise<T>,
): Promise<T> {
  const images: PlacedImage[] = [];
  try {
    const { imagesDirectory = '', imageServiceUrl } = record;
    for (const file of files) images.push(await placeImage({ file, imagesDirectory, imageServiceUrl }));
    return await work(images);
  } finally {
    for (const image of images) await image.remove();
  }
}

function hits(stack: BenchStack, { small, large }: ImageFiles, quick: boolean): Promise<Figure[]> {
  log('hits');
  return withImages(stack, [small, large], ([first, second]) =>
    measureHits(stack, { small: first!, large: second!, count: quick ? 15 : 100 }),
  );
}

function bursts(stack: BenchStack, file: string, quick: boolean): Promise<Figure[]> {
  log('bursts');
  return withImages(stack, [file, file], ([warm, cold]) =>
    measureBursts(stack, { warm: warm!, cold: cold!, count: quick ? 50 : 200 }),
  );
}

/** `reflink` only where the file system has it: asked by a hit's neighbour, a miss. */
async function cloneMethodsOf(stack: BenchStack, file: string): Promise<string[]> {
  const { decision } = await withImages(stack, [file], ([image]) =>
    timedCreate(stack, { imageRef: image!.id, sizeGib: 1 }),
  );
  return decision.cloneMethod === 'reflink' ? ['reflink', 'overlay', 'copy'] : ['overlay', 'copy'];
}

function describeMachine({ natsVersion }: BenchStack): string {
  const [major = 0, minor = 0] = natsVersion.split('.').map(Number);
  const syncs = major > 2 || (major === 2 && minor >= 10);
  const fsync = syncs
    ? 'sync_interval: always'
    : 'default: it acknowledges before it syncs, which happens every 2 minutes';
  const memoryGib = (totalmem() / 2 ** 30).toFixed(0);
  return [
    `nats-server ${natsVersion}, fsync ${fsync}`,
    `Node ${process.version}, Linux ${release()}, ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, ${memoryGib} GiB`,
    '',
  ].join('\n');
}

const options = parseOptions(process.argv.slice(2));
main(options).then(
  (figures) => {
    process.stdout.write(`${options.json ? JSON.stringify(figures) : figureTable(figures)}\n`);
    const missed = figures.filter((figure) => isMet(figure) === false).length;
    if (!options.json && missed > 0) process.stdout.write(`\n${missed} of ${figures.length} figures miss their goal\n`);
    process.exit(0);
  },
  (error: unknown) => {
    process.stderr.write(`bench: ${failureText(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
