import type { ImageIdentity } from '@hearth/contracts';
import { type Volume, type VolumeCommand, owedSteps, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { FlakyDriver } from './flaky-driver';
import { TestHouse } from './test-house';
import type { Provisioned } from './volume-work';

const project = 'demo' as ProjectId;
const user = 'alice' as UserId;
/** The n-th id of a kind: the same in every run. */
export const idOf = (kind: number, ordinal: number) =>
  `${kind}0000000-0000-4000-8000-${String(ordinal).padStart(12, '0')}` as VolumeId;

/** Calls of a driver that fail, and how. */
export type Failing = Parameters<FlakyDriver['fail']>;

/** One volume of a house, all that is asked for it, and what was made of it. */
export class Story {
  readonly volumes: VolumeId[] = [idOf(1, 0)];
  private readonly images: ImageIdentity[] = [];
  private ordinal = 0;
  /** An administrator has said what the volume is, whatever the host was doing. */
  private wasReset = false;

  private constructor(
    readonly house: TestHouse,
    readonly pool: PoolRef,
  ) {}

  static async open(lives: readonly number[], failing: readonly Failing[] = [], place = false): Promise<Story> {
    const flaky = new FlakyDriver();
    for (const failure of failing) flaky.fail(...failure);
    const backends = { fast: { image_upload_use_cinder_backend: place } };
    const house = await TestHouse.open({ lives, backends, wrap: (_, driver) => flaky.wrap(driver) });
    house.uploads.allowsLocations = place;
    const story = new Story(house, house.pools[0]!);
    await house.request(null, 2, story.id);
    await house.pump.settle();
    story.write('first');
    return story;
  }

  get id(): VolumeId {
    return this.volumes[0]!;
  }

  state(): Promise<Volume> {
    return this.house.volume(this.id);
  }

  async reset(): Promise<void> {
    this.wasReset = true;
    await this.tell({ do: 'ResetStatus', status: 'available' });
  }

  /** Refused or not: what a client may ask for depends on what has become of the volume. False where it was refused. */
  async tell(command: VolumeCommand, id = this.id): Promise<boolean> {
    return !wasRefused(await runCommand(this.house.environment, volumeDecider, { category: 'volume', id }, command));
  }

  write(text: string): void {
    const pages = this.house.backend().objects.get(`volume-${this.id}`)?.pages;
    if (!pages) return;
    const page = Buffer.alloc(64 * 1024);
    page.write(text);
    pages.set(0, page);
  }

  read(id = this.id): string {
    return this.house.bytesOf(id, 100).toString('utf8').replace(/\0+$/, '');
  }

  async snapshot(): Promise<string> {
    const snapshotId = idOf(2, (this.ordinal += 1));
    const about = { projectId: project, userId: user, name: null, description: null, metadata: {} };
    await this.tell({ do: 'CreateSnapshot', snapshot: { snapshotId, ...about }, force: true });
    return snapshotId;
  }

  async of(snapshotId?: string): Promise<VolumeId> {
    const { id, pool } = this;
    const made = idOf(1, (this.ordinal += 1));
    this.volumes.push(made);
    const source = snapshotId
      ? ({ kind: 'snapshot', snapshotId, volumeId: id, pool } as const)
      : ({ kind: 'volume', volumeId: id, pool } as const);
    const request = { ...exampleRequest, volumeId: made, image: null, sizeGib: 4, source };
    await this.tell({ do: 'RequestVolume', request }, made);
    return made;
  }

  async attach(): Promise<string> {
    const attachmentId = idOf(3, (this.ordinal += 1));
    const connector = { host: 'compute-1' };
    await this.tell({ do: 'ReserveAttachment', attachmentId, instanceId: idOf(4, 1), mode: 'rw', connector });
    return attachmentId;
  }

  async upload(): Promise<ImageIdentity> {
    const image = this.house.uploads.queue({ id: idOf(5, (this.ordinal += 1)) });
    this.images.push(image);
    const facts = { imageId: image.id, imageName: 'an image', visibility: 'private', imageOwner: null };
    const upload = { ...facts, diskFormat: 'raw', containerFormat: 'bare' };
    // Of a request that is refused the record is taken back by who made it.
    if (!(await this.tell({ do: 'Upload', upload, force: true }))) await this.house.uploads.remove(image.id);
    return image;
  }

  /** What holds of everything when all has come to rest. */
  async keptItsLaws(): Promise<void> {
    const objects = new Map<string, number>();
    const { house } = this;
    for (const id of this.volumes) {
      const volume = await house.volume(id);
      expect(owedSteps(volume)).toEqual([]);
      if (volume.status === 'provisioned') this.requireOnBackend(id, volume, objects);
      else if (volume.status === 'error-deleting') this.mayBeThere(id, objects);
      else expect(house.backend().snapshots.has(`volume-${id}`)).toBe(false);
    }
    const cache = await house.cache();
    expect(cache.claims.size).toBe(0);
    for (const entry of cache.entries.values()) {
      expect(entry.status).toBe('ready');
      objects.set(`volume-${entry.imageVolumeId}`, entry.sizeGib);
    }
    const found = [...house.backend().objects].map(([name, { sizeGib }]) => [name, sizeGib] as const);
    expect(found.sort()).toEqual([...objects].sort());
    for (const { id } of this.images) this.requireUploaded(id);
  }

  /** A deletion that has failed may be asked for again, whatever it has left. */
  private mayBeThere(id: VolumeId, objects: Map<string, number>): void {
    const object = this.house.backend().objects.get(`volume-${id}`);
    if (object) objects.set(`volume-${id}`, object.sizeGib);
  }

  private requireOnBackend(id: VolumeId, volume: Provisioned, objects: Map<string, number>): void {
    const backend = this.house.backend();
    const name = `volume-${id}`;
    const object = backend.objects.get(name);
    // A reimage that has failed may have left nothing; an extension that has failed, or was given up, more than there is to be seen.
    if ((volume.label !== 'error' && !this.wasReset) || object) {
      expect(object).toMatchObject({ isWhole: true });
      expect(object!.sizeGib).toBeGreaterThanOrEqual(volume.details.sizeGib);
      if (volume.label !== 'error_extending' && !this.wasReset) expect(object!.sizeGib).toBe(volume.details.sizeGib);
      objects.set(name, object!.sizeGib);
    }
    const kept = [...(backend.snapshots.get(name)?.keys() ?? [])];
    const known = [...volume.snapshots.values()];
    const sure = known.filter(({ status }) => status === 'available').map((one) => `snapshot-${one.id}`);
    // What is only taken to read a volume in use goes with the volume, if the backend would not remove it before.
    const possible = [`snapshot-${id}`, ...known.map((one) => `snapshot-${one.id}`)];
    for (const one of sure) expect(kept).toContain(one);
    for (const one of kept) expect(possible).toContain(one);
    const connected = [...volume.attachments.values()].filter(({ status }) =>
      ['connected', 'attached', 'error_detaching'].includes(status),
    );
    expect(backend.connections.get(name)?.size ?? 0).toBe(connected.length);
  }

  /** An image has its bytes, or it is gone: nobody waits for bytes that do not come. */
  private requireUploaded(imageId: string): void {
    expect(this.house.uploads.records.get(imageId)?.status ?? 'gone').toMatch(/^(active|gone)$/);
  }
}
