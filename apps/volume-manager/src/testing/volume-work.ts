import type { VolumeSourceFacts } from '@hearth/contracts';
import { type UploadFacts, type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import type { TestHouse } from './test-house';

export type Provisioned = Extract<Volume, { status: 'provisioned' }>;

/** What a test asks of the volumes of a house, and looks at: of the one that stands when it asks. */
export function volumeWork(house: () => TestHouse) {
  /** Throws what is refused. */
  async function tell(id: VolumeId, command: VolumeCommand): Promise<void> {
    const answer = await runCommand(house().environment, volumeDecider, { category: 'volume', id }, command);
    if (wasRefused(answer)) throw new Error(`refused: ${answer.refused}`);
  }

  async function provisioned(id: VolumeId): Promise<Provisioned> {
    const volume = await house().volume(id);
    if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
    return volume;
  }

  /** The volume, and what was asked for, when all has come to rest. */
  async function done(id: VolumeId, command: VolumeCommand): Promise<Provisioned> {
    await tell(id, command);
    await house().pump.settle();
    return provisioned(id);
  }

  /** A guest writes at the start of a volume. */
  function write(id: VolumeId, text: string): void {
    const { pages } = house().backend().objects.get(`volume-${id}`)!;
    const page = Buffer.alloc(64 * 1024);
    page.write(text);
    pages.set(0, page);
  }

  /** A volume without an image, in which a guest has written. */
  async function made(sizeGib = 2): Promise<VolumeId> {
    const id = await house().request(null, sizeGib);
    await house().pump.settle();
    write(id, 'what was there first');
    return id;
  }

  async function madeOf(source: VolumeSourceFacts, sizeGib = 2): Promise<VolumeId> {
    const id = randomUUID() as VolumeId;
    const inherited = { imageMetadata: { image_name: 'an image' }, bootable: true };
    const request = { ...exampleRequest, volumeId: id, image: null, sizeGib, source, inherited };
    await tell(id, { do: 'RequestVolume', request });
    await house().pump.settle();
    return id;
  }

  /** What a guest reads there. */
  const read = (id: VolumeId) => house().bytesOf(id, 100).toString('utf8').replace(/\0+$/, '');
  const eventsOf = async (id: VolumeId, type: string) =>
    (await house().volumeEvents(id)).filter((event) => event.type === type);
  const failureIn = async (id: VolumeId, type: string) =>
    ((await eventsOf(id, type)).at(-1)?.data as { failure?: unknown } | undefined)?.failure;
  const entries = async () => [...(await house().cache()).entries.values()];
  return { tell, done, provisioned, made, madeOf, write, read, eventsOf, failureIn, entries };
}

export const snapshot = (snapshotId: string, force = false): VolumeCommand => ({
  do: 'CreateSnapshot',
  force,
  snapshot: {
    ...{ snapshotId, projectId: 'demo' as ProjectId, userId: 'alice' as UserId },
    ...{ name: 'a snapshot', description: null, metadata: {} },
  },
});

export const attach = (attachmentId: string): VolumeCommand => ({
  ...{ do: 'ReserveAttachment', attachmentId, instanceId: randomUUID(), mode: 'rw', connector: { host: 'compute-1' } },
});

export const upload = (facts: Partial<UploadFacts> & Pick<UploadFacts, 'imageId'>, force = false): VolumeCommand => ({
  do: 'Upload',
  force,
  upload: {
    ...{ imageName: 'an image', diskFormat: 'raw', containerFormat: 'bare', visibility: 'private', imageOwner: null },
    ...facts,
  },
});
