// Proves the compose file on a real Docker engine: builds the image, brings the stack up, makes a volume from an image
// twice (a miss, then a hit) and blank ones on both hosts, deletes them, and takes everything down again.
// `node tools/run.mjs compose/src/smoke.ts --help`
import { eventually } from '@hearth/testing';
import { anyFreePort } from '@hearth/testing/servers';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { baseImages, makeBaseImages } from './base-images';
import { volumeOnEachHost } from './both-hosts';
import { containerOf, waitUntilHealthy } from './containers';
import { findEngine, startEngine, type Engine } from './engine';
import { Interrupted, unlessInterrupted, untilInterrupted } from './interruption';
import { outwardEvents, type OutwardEvent } from './outward-events';
import { readOptions, type SmokeOptions } from './smoke.options';
import { createVolume, deleteVolume } from './volume-calls';

const project = 'hearth-smoke';
const imageSizeMib = 64;
const started = performance.now();
const log = (line: string): void =>
  console.log(`[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);

/** What the parts of a run share. */
interface Run {
  readonly engine: Engine;
  readonly options: SmokeOptions;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv);
  const signal = untilInterrupted();
  const workDir = await mkdtemp(join(tmpdir(), 'hearth-smoke-'));
  try {
    const engine =
      (await findEngine()) ?? (await startEngine({ directory: options.engineDirectory ?? join(workDir, 'engine') }));
    log(`Docker engine ${engine.version}`);
    try {
      await prove({ engine, options, workDir, signal });
    } catch (error) {
      // What was under way may have been ended by the same signal: that error is none.
      throw signal.aborted ? signal.reason : error;
    } finally {
      await engine.stop();
    }
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function prove(run: Run): Promise<void> {
  const { engine, options, workDir, signal } = run;
  const { docker } = engine;
  if (!options.official) {
    await makeBaseImages({
      docker,
      recipes: resolve('tools/compose/look-alikes'),
      workDir: join(workDir, 'base'),
      log,
      signal,
    });
  }
  if (options.until === 'base-images') return;
  signal.throwIfAborted();
  await docker.show(['build', '--quiet', '--network', 'host', '--tag', 'hearth:smoke', '.']);
  log('image hearth:smoke built');
  if (options.until === 'build') return;
  signal.throwIfAborted();
  const address = `127.0.0.1:${await anyFreePort('127.0.0.1')}`;
  const compose = (...args: string[]) =>
    docker.compose(['-p', project, ...args], { variables: variables(run, address) });
  try {
    await placeImage(run);
    await compose('up', '--detach', '--no-build');
    await unlessInterrupted(signal, () => waitUntilHealthy(docker, { project, timeoutMs: 180_000 }));
    log(`all containers are healthy; the API is at http://${address}/v3`);
    if (options.until === 'volumes') await unlessInterrupted(signal, () => makeVolumes(run, `http://${address}`));
  } finally {
    await compose('down', '--volumes', '--timeout', '30');
    log('stack removed');
  }
}

/** Debian's NATS is older than the file's default, so it gets the configuration that it understands. */
function variables({ options, workDir }: Run, address: string): Record<string, string> {
  const older = { HEARTH_NATS_IMAGE: baseImages.nats, HEARTH_NATS_CONFIG: 'nats-2.9.conf' };
  return {
    HEARTH_VERSION: 'smoke',
    HEARTH_API_ADDRESS: address,
    HEARTH_IMAGES: join(workDir, 'images'),
    ...(options.official ? {} : older),
  };
}

/** Puts the image to serve into the folder that the image service is given: the caller's, or some random bytes. */
async function placeImage({ options, workDir }: Run): Promise<void> {
  const folder = join(workDir, 'images');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if (options.image) await copyFile(options.image, join(folder, basename(options.image)));
  else await writeFile(join(folder, 'random.raw'), randomBytes(imageSizeMib << 20));
}

async function makeVolumes(run: Run, url: string): Promise<void> {
  const fromImage = await missThenHit(run, url);
  const blank = await volumeOnEachHost(url);
  for (const volume of blank)
    log(`blank volume ${volume.id}: ${volume.size} GiB on ${volume['os-vol-host-attr:host']}`);
  const ids = [...fromImage, ...blank.map(({ id }) => id)];
  for (const id of ids) await deleteVolume(url, id);
  log(`${ids.length} volumes deleted`);
}

/** Returns the ids of the two volumes. */
async function missThenHit({ engine: { docker }, options }: Run, url: string): Promise<string[]> {
  const imageId = await activeImage(docker);
  const ids: string[] = [];
  for (const name of ['first', 'second']) {
    const { volume, tookMs } = await createVolume(url, { name, imageId, sizeGib: options.sizeGib });
    const host = volume['os-vol-host-attr:host'];
    log(`${name} volume ${volume.id}: ${volume.size} GiB on ${host}, available after ${tookMs.toFixed(0)} ms`);
    ids.push(volume.id);
  }
  const events = await eventually(() => completeStory(docker), {
    timeoutMs: 30_000,
    what: 'one miss, one create and one hit',
  });
  for (const { at, type, data } of events) console.log(`  ${at}  ${type.padEnd(28)} ${JSON.stringify(data)}`);
  return ids;
}

/** Every outward event so far, once there is exactly one miss, one create and one hit among them. */
async function completeStory(docker: Engine['docker']): Promise<OutwardEvent[] | undefined> {
  const events = await outwardEvents(docker, project);
  const count = (type: string) => events.filter((event) => event.type === `image_volume_cache.${type}`).length;
  return ['miss', 'create', 'hit'].every((type) => count(type) === 1) ? events : undefined;
}

/** The first image of the image service, once its hash is known. */
async function activeImage(docker: Engine['docker']): Promise<string> {
  const container = await containerOf(docker, project, 'image-service');
  const list = `fetch('http://127.0.0.1:9292/v2/images?status=active').then(async (r) => console.log(await r.text()))`;
  return eventually(
    async () => {
      const { images } = JSON.parse(await docker.ask(['exec', container, 'node', '-e', list])) as {
        images: { id: string }[];
      };
      return images[0]?.id;
    },
    { timeoutMs: 60_000, intervalMs: 500, what: 'an active image at the image service' },
  );
}

main().catch((error: Error) => {
  console.error(`smoke: ${error.message}`);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
});
