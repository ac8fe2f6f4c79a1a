// A volume from an image twice, a miss and then a hit, watched: `npm run demo`.
import { join, resolve } from 'node:path';
import { runProgram } from '@hearth/testing/servers';
import { readEnvironment, type StackEnvironment } from './config';
import { deleteVolumes, type FoundBefore, leaveAsFound } from './demo/clean-up';
import { gibToHold, placeImage, type PlacedImage, requireImageFile } from './demo/place-image';
import { showBoot } from './demo/show-boot';
import { bytes, comparison, timeline, type WatchedCreate } from './demo/timeline';
import { verifyVolumes } from './demo/verify-bytes';
import { VolumeApi } from './demo/volume-api';
import { findVolumeFile } from './demo/volume-file';
import { watchCreate } from './demo/watch-create';
import { watchStack } from './demo/watch-stack';
import { type DemoOptions, parseDemoOptions } from './demo.options';
import { type DefaultImage, makeDefaultImage } from './disk-image/default-image';
import { exitCodeOf, failureText, untilInterrupted } from './failure-text';
import { bringUp } from './stack/bring-up';
import { readRecord, type StackRecord } from './stack/stack-record';
import { adminToken, demoToken } from './stack/stack-tokens';
import { urlLines } from './stack/stack-urls';
import { runningApps } from './stack/take-down';

const root = resolve(__dirname, '../../../..');
const gib = 1024 ** 3;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What has to be put away in the end, as far as it was made. */
interface Made {
  image?: PlacedImage;
  api?: VolumeApi;
  readonly volumeIds: string[];
}

async function main(options: DemoOptions, environment: StackEnvironment): Promise<void> {
  const { stateDir, keep } = options;
  if (options.image) await requireImageFile(options.image);
  const signal = untilInterrupted();
  const interrupted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  interrupted.catch(() => undefined);
  const found = await lookBefore(stateDir);
  const made: Made = { volumeIds: [] };
  let record: StackRecord | undefined;
  let succeeded = false;
  try {
    const cacheDirectory = join(stateDir, 'cache');
    const source = options.image
      ? { file: options.image, boots: false }
      : await makeDefaultImage({ cacheDirectory, signal, log: say });
    signal.throwIfAborted();
    ({ record } = await bringUp({
      ...{ root, stateDir, signal, log: say },
      external: environment,
      inherited: environment.inherited,
    }));
    await Promise.race([show({ record, source, sizeGib: options.sizeGib, made, stateDir, signal }), interrupted]);
    succeeded = true;
  } finally {
    if (!(keep && record)) await putAway(made, { stateDir, found, succeeded });
  }
  say('\nPASS: one miss, one hit, and both volumes hold the bytes of the image.');
  if (keep) say(urlLines(record, stateDir));
}

async function lookBefore(stateDir: string): Promise<FoundBefore> {
  if ((await runningApps(stateDir)).length > 0) return 'running-stack';
  return (await readRecord(stateDir)) ? 'state' : 'nothing';
}

interface Show {
  readonly record: StackRecord;
  readonly source: DefaultImage;
  readonly sizeGib: number | undefined;
  readonly made: Made;
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

async function show({ record, source, sizeGib: wantedGib, made, stateDir, signal }: Show): Promise<void> {
  const { imagesDirectory, imageServiceUrl, backendDirectory } = record;
  if (!imagesDirectory) {
    throw new Error(
      `the image service at ${imageServiceUrl} is not this stack's own, so no image can be put there; unset HEARTH_GLANCE_URL`,
    );
  }
  const image = await placeImage({ file: source.file, imagesDirectory, imageServiceUrl });
  made.image = image;
  const sizeGib = wantedGib ?? gibToHold(image);
  say(
    `\nimage ${image.name} (${image.id}): ${image.diskFormat}, ${bytes(image.sizeBytes)}, a disk of ${bytes(image.virtualSizeBytes)}`,
  );
  made.api = new VolumeApi(record.apiUrl, 'demo', demoToken);
  const [first, second] = await createTwice(record, made, { imageRef: image.id, sizeGib });
  for (const create of [first, second]) say(`\n${timeline(create)}`);
  say(`\n${comparison(first, second)}\n`);
  requireOutcome(first, 'miss');
  requireOutcome(second, 'hit');
  const digest = await verifyVolumes({
    ...{ image, sizeGib, backendDirectory, scratchParent: stateDir },
    volumeIds: made.volumeIds,
  });
  say(`both volumes hold what 'qemu-img convert' makes of the image: ${digest}\n`);
  if (source.boots) {
    say('starting a guest from the second volume');
    const disk = await findVolumeFile(backendDirectory, second.volumeId);
    say(`${await showBoot(disk, { sizeBytes: sizeGib * gib, signal })}\n`);
  }
  await tellByCommand(record, second.volumeId);
}

async function createTwice(
  record: StackRecord,
  made: Made,
  { imageRef, sizeGib }: { imageRef: string; sizeGib: number },
): Promise<[WatchedCreate, WatchedCreate]> {
  const watch = await watchStack(record);
  const create = async (title: string) => {
    const watched = await watchCreate(made.api!, watch, { title, asked: { name: title, size: sizeGib, imageRef } });
    made.volumeIds.push(watched.volumeId);
    return watched;
  };
  try {
    return [await create('first'), await create('second')];
  } finally {
    await watch.end();
  }
}

function requireOutcome({ title, decision }: WatchedCreate, wanted: string): void {
  if (decision.outcome === wanted) return;
  throw new Error(
    `the ${title} create was a ${decision.outcome} (${decision.reason}), where a ${wanted} was to be seen`,
  );
}

/** What an operator would type, and sees. */
async function tellByCommand({ apiUrl }: StackRecord, volumeId: string): Promise<void> {
  for (const command of [
    ['cache', 'list'],
    ['explain', volumeId],
  ]) {
    say(`$ hearth ${command.join(' ')}`);
    const argv = [process.execPath, join(root, 'tools/cli/bin/hearth.mjs'), '--url', apiUrl, '--token', adminToken];
    say(await runProgram([...argv, ...command], { cwd: root }));
  }
}

async function putAway(
  made: Made,
  { stateDir, found, succeeded }: { stateDir: string; found: FoundBefore; succeeded: boolean },
): Promise<void> {
  say('\ncleaning up');
  if (made.api && found !== 'nothing') {
    await deleteVolumes(made.api, made.volumeIds).catch((error: unknown) => {
      if (succeeded) throw error;
      say(`the volumes stay: ${failureText(error)}`);
    });
  }
  await made.image?.remove();
  await leaveAsFound(stateDir, found, say);
}

const environment = readEnvironment();
main(parseDemoOptions(process.argv.slice(2), environment), environment).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\nFAIL: ${failureText(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
