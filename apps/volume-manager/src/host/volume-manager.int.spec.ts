import { openDriver, programRunner } from '@hearth/drivers';
import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import {
  InMemoryEventStore,
  InMemoryProgressBoard,
  InMemorySnapshotStore,
  readState,
  runCommand,
} from '@hearth/event-sourcing';
import { type ProjectId, type UserId, type VolumeId, gibToBytes, poolRef } from '@hearth/kernel';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { requireProgram } from '@hearth/testing/servers';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { backendSchema } from '../backends/backend.config';
import { openFillTools } from '../fill/fill-tools';
import { writeImage } from '../fill/write-image';
import { ImageShelf } from '../testing/image-shelf';
import { keptLog } from '../testing/kept-log';
import { MemoryLivenessBoard } from '../testing/memory.liveness-board';
import { NudgePump } from '../testing/nudge-pump';
import { UploadShelf } from '../testing/upload-shelf';
import { uploadImage } from '../upload/upload-image';
import { OneAtATime } from './one-at-a-time';
import { ProgressReporter } from './progress';
import { VolumeManager } from './volume-manager';

const host = 'store-01';
const pool = poolRef({ host, backend: 'fast', pool: 'default' });
const run = programRunner();
let directory: TemporaryDirectory;
let manager: VolumeManager;
let pump: NudgePump;
const shelf = new ImageShelf();
const uploads = new UploadShelf();
const environment = { store: new InMemoryEventStore(), now: () => new Date().toISOString(), newId: randomUUID };
const opened: string[] = [];
let tools: Awaited<ReturnType<typeof openFillTools>>;
const alive = new AbortController().signal;

beforeAll(async () => {
  await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  directory = await temporaryDirectory('hearth-volume-manager-');
  const log = keptLog();
  const options = { directory: join(directory.path, 'volumes') };
  const source = {
    open: async (id: string) => {
      opened.push(id);
      const bytes = shelf.bytesOf(id);
      return {
        lengthBytes: bytes.length,
        fromByte: 0,
        chunks: (async function* () {
          yield Buffer.from(bytes);
        })(),
      };
    },
  };
  tools = await openFillTools({
    ...{ source, keyManager: undefined, log },
    scratchDirectory: join(directory.path, 'scratch'),
  });
  manager = new VolumeManager({
    host: {
      ...environment,
      name: host,
      incarnation: randomUUID(),
      uploadImage: (order) => uploadImage(order, { ...tools, images: uploads }),
      findImage: () => Promise.reject(new Error('nothing is uploaded here')),
      placeImage: () => Promise.resolve(undefined),
      withdrawImage: () => Promise.resolve(false),
      retryWaitsMs: [],
      writeImage: (order) => writeImage(order, tools),
      showImage: (imageId) => shelf.show(imageId),
      signaturesVerified: true,
      turns: new OneAtATime(),
      progress: new ProgressReporter({ board: new InMemoryProgressBoard(), now: environment.now, log }),
      log,
    },
    version: '0.0.0',
    backends: [
      backendSchema.parse({
        name: 'fast',
        driver: 'file',
        options,
        image_volume_cache_enabled: true,
        cinder_internal_tenant_project_id: 'internal',
        cinder_internal_tenant_user_id: 'hearth',
      }),
    ],
    openDriver: (name, config) => openDriver(name, config, { run, log }),
    lanes: { fillsAtOnceMax: 2, fillsWaitingMax: 10, clonesAtOnceMax: 8 },
    snapshots: new InMemorySnapshotStore(),
    liveness: new MemoryLivenessBoard(),
    reportIntervalMs: 2 ** 30,
    choresIntervalMs: 2 ** 30,
    scrub: { bytesPerSecond: 2 ** 30, intervalMs: 2 ** 40, threads: tools.threads },
    answerTimeoutMs: 10_000,
  });
  await manager.start();
  pump = new NudgePump(
    environment,
    (target) => manager.react(target, alive),
    () => [pool],
  );
}, 60_000);
afterAll(async () => {
  await tools?.close();
  await manager?.close();
  await directory?.remove();
});

async function create(image: ReturnType<ImageShelf['add']>, sizeGib = 2) {
  const id = randomUUID() as VolumeId;
  const stream = { category: 'volume', id } as const;
  const command: VolumeCommand = {
    do: 'RequestVolume',
    request: { ...exampleRequest, volumeId: id, image, sizeGib },
  };
  await runCommand(environment, volumeDecider, stream, command);
  await pump.settle();
  return { id, volume: (await readState(environment.store, volumeDecider, stream)).state };
}

test('P3: on the file driver, by the real fill, a miss and then a hit have the bytes of the image; one download', async () => {
  const image = shelf.add({ diskFormat: 'raw', virtualSizeBytes: null });
  const miss = await create(image);
  expect(miss.volume).toMatchObject({
    status: 'provisioned',
    decision: { outcome: 'miss', digest: `sha512:${image.osHashValue}`, bytesDownloaded: image.sizeBytes },
  });
  const hit = await create(image);
  expect(hit.volume).toMatchObject({ status: 'provisioned', decision: { outcome: 'hit', bytesDownloaded: 0 } });
  expect(opened).toEqual([image.id]);
  for (const { id } of [miss, hit]) {
    const names = await readdir(join(directory.path, 'volumes'));
    const file = names.find((name) => name.startsWith(`volume-${id}`) && !name.endsWith('.raw'));
    expect(file).toBeDefined();
    const raw = join(directory.path, `${id}.raw`);
    const format = file!.endsWith('.qcow2') ? 'qcow2' : 'raw';
    await run([
      'qemu-img',
      'dd',
      '-f',
      format,
      '-O',
      'raw',
      'bs=512',
      'count=4',
      `if=${join(directory.path, 'volumes', file!)}`,
      `of=${raw}`,
    ]);
    expect((await readFile(raw)).subarray(0, image.sizeBytes).equals(shelf.bytesOf(image.id))).toBe(true);
  }
}, 60_000);

test('an image whose bytes do not match its hash fails the create and leaves nothing on the disk', async () => {
  const before = await readdir(join(directory.path, 'volumes'));
  const image = shelf.add({ diskFormat: 'raw', virtualSizeBytes: null, osHashValue: '0'.repeat(128) });
  const { volume } = await create(image);
  expect(volume).toMatchObject({ status: 'error' });
  expect((await readdir(join(directory.path, 'volumes'))).sort()).toEqual(before.sort());
}, 60_000);

test('on the file driver: a snapshot, a revert, volumes of both, an upload whose first create is a hit, and the end of all', async () => {
  const image = shelf.add({ diskFormat: 'raw', virtualSizeBytes: null });
  const { id } = await create(image, 1);
  const tell = async (command: VolumeCommand, of = id) => {
    await runCommand(environment, volumeDecider, { category: 'volume', id: of }, command);
    await pump.settle();
    return (await readState(environment.store, volumeDecider, { category: 'volume', id: of })).state;
  };
  const [projectId, userId] = ['demo' as ProjectId, 'alice' as UserId];
  const snapshotId = randomUUID();
  const about = { projectId, userId, name: null, description: null, metadata: {} };
  await tell({ do: 'CreateSnapshot', snapshot: { snapshotId, ...about }, force: false });
  expect(await tell({ do: 'Revert', snapshotId })).toMatchObject({ label: 'available' });
  const made: VolumeId[] = [];
  for (const source of [
    { kind: 'volume', volumeId: id, pool } as const,
    { kind: 'snapshot', snapshotId, volumeId: id, pool } as const,
  ]) {
    const volumeId = randomUUID() as VolumeId;
    const request = { ...exampleRequest, volumeId, image: null, sizeGib: 3, source };
    expect(await tell({ do: 'RequestVolume', request }, volumeId)).toMatchObject({ label: 'available' });
    made.push(volumeId);
  }
  const { id: imageId } = uploads.queue();
  const upload = { imageId, imageName: 'an image', diskFormat: 'raw', containerFormat: 'bare' };
  await tell({ do: 'Upload', upload: { ...upload, visibility: 'private', imageOwner: null }, force: false });
  const { identity } = await uploads.show(imageId);
  const sent = uploads.records.get(imageId)!.bytes!;
  expect(sent).toHaveLength(gibToBytes(1));
  expect(sent.subarray(0, image.sizeBytes).equals(shelf.bytesOf(image.id))).toBe(true);
  const downloads = opened.length;
  const hit = randomUUID() as VolumeId;
  const request = { ...exampleRequest, volumeId: hit, image: identity, sizeGib: 3 };
  expect(await tell({ do: 'RequestVolume', request }, hit)).toMatchObject({
    decision: { outcome: 'hit', digest: `sha512:${identity.osHashValue}` },
  });
  expect(opened).toHaveLength(downloads);
  expect(await tell({ do: 'Extend', toGib: 3, inUse: false })).toMatchObject({ details: { sizeGib: 3 } });

  const attachmentId = randomUUID();
  const attached = await tell({
    ...{ do: 'ReserveAttachment', attachmentId, instanceId: null, mode: 'rw', connector: { host: 'compute-1' } },
  });
  expect(attached).toMatchObject({ attachments: { size: 1 } });
  await tell({ do: 'RemoveAttachment', attachmentId });
  for (const volumeId of [id, hit, ...made]) {
    const gone = await tell({ do: 'DeleteVolume', userId, cascade: true }, volumeId);
    expect(gone).toMatchObject({ status: 'deleted' });
    expect((await readdir(join(directory.path, 'volumes'))).filter((name) => name.includes(volumeId))).toEqual([]);
  }
}, 120_000);
