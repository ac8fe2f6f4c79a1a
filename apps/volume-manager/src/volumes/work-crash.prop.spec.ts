import type { ImageIdentity } from '@hearth/contracts';
import { type Volume, type VolumeCommand, owedSteps, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { ImageUploadError } from '@hearth/openstack-clients';
import fc from 'fast-check';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

const project = 'demo' as ProjectId;
const user = 'alice' as UserId;
/** The n-th id of a kind: the same in every run. */
const idOf = (kind: number, ordinal: number) =>
  `${kind}0000000-0000-4000-8000-${String(ordinal).padStart(12, '0')}` as VolumeId;

type Provisioned = Extract<Volume, { status: 'provisioned' }>;
type Failing = Parameters<FlakyDriver['fail']>;

/** One volume of a house, all that is asked for it, and what was made of it. */
class Story {
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

/** Told again and again, each time with the first process dying one step later, until it lives through all of it. */
async function whereverItDies(tell: (story: Story) => Promise<void>, place = false): Promise<void> {
  for (let steps = 1; ; steps += 1) {
    const story = await Story.open([steps], [], place);
    try {
      await tell(story);
      await story.house.pump.settle();
      await story.keptItsLaws();
    } finally {
      await story.house.close();
    }
    if (story.house.deaths === 0) return expect(steps).toBeGreaterThan(10);
  }
}

const settled = ({ house }: Story) => house.pump.settle();
async function provisioned(story: Story, id = story.id): Promise<Provisioned> {
  const volume = await story.house.volume(id);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume;
}

const stories: readonly (readonly [string, (story: Story) => Promise<void>])[] = [
  [
    'an extension',
    async (story) => {
      await story.tell({ do: 'Extend', toGib: 5, inUse: false });
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available', details: { sizeGib: 5 } });
      expect(story.read()).toBe('first');
    },
  ],
  [
    'a snapshot, and a revert to it',
    async (story) => {
      const snapshotId = await story.snapshot();
      await settled(story);
      story.write('second');
      await story.tell({ do: 'Revert', snapshotId });
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available' });
      expect(story.read()).toBe('first');
    },
  ],
  [
    'a volume of another that is in use, and one of its snapshot',
    async (story) => {
      const snapshotId = await story.snapshot();
      await story.attach();
      await settled(story);
      const made = [await story.of(), await story.of(snapshotId)];
      await settled(story);
      for (const id of made) {
        expect(await provisioned(story, id)).toMatchObject({ label: 'available' });
        expect(story.read(id)).toBe('first');
      }
    },
  ],
  [
    'an upload',
    async (story) => {
      const { id } = await story.upload();
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available' });
      const { status, identity } = await story.house.uploads.show(id);
      expect(status).toBe('active');
      expect(story.house.uploads.records.get(id)!.bytes!.subarray(0, 5).toString()).toBe('first');
      // Whether or not its entry lived through it: a create from the image has its bytes.
      if ([...(await story.house.cache()).entries.values()].length === 0) return;
      const made = await story.house.create(identity, 2);
      expect(made).toMatchObject({ status: 'provisioned', decision: { outcome: 'hit' } });
      if (made.status !== 'provisioned') return;
      expect(story.read(made.request.volumeId)).toBe('first');
      story.volumes.push(made.request.volumeId);
    },
  ],
  [
    'an attachment that comes and goes',
    async (story) => {
      const attachmentId = await story.attach();
      await settled(story);
      await story.tell({ do: 'CompleteAttachment', attachmentId });
      expect(await provisioned(story)).toMatchObject({ label: 'in-use' });
      await story.tell({ do: 'RemoveAttachment', attachmentId });
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available' });
    },
  ],
  [
    'a reimage by the cache',
    async (story) => {
      const image = story.house.images.add({ id: idOf(6, 1) });
      await story.tell({ do: 'Reimage', image, reserved: false });
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available' });
      expect(story.house.bytesOf(story.id, image.sizeBytes)).toEqual(story.house.images.bytesOf(image.id));
      const { miss = 0, hit = 0 } = await story.house.cacheCounts();
      expect(miss + hit).toBe(1);
    },
  ],
  [
    'a deletion with snapshots',
    async (story) => {
      await story.snapshot();
      await story.snapshot();
      await settled(story);
      await story.tell({ do: 'DeleteVolume', userId: user, cascade: true });
      await settled(story);
      expect(await story.state()).toMatchObject({ status: 'deleted' });
    },
  ],
];

/** What a client may ask for, at any time. */
const asks: Readonly<Record<string, (story: Story, pick: number) => Promise<unknown>>> = {
  extend: (story, pick) => story.tell({ do: 'Extend', toGib: 3 + pick, inUse: true }),
  snapshot: (story) => story.snapshot(),
  revert: async (story) => {
    const latest = [...snapshotsOf(await story.state())].at(-1);
    if (latest) await story.tell({ do: 'Revert', snapshotId: latest });
  },
  deleteSnapshot: async (story, pick) => {
    const snapshotId = [...snapshotsOf(await story.state())][pick];
    if (snapshotId) await story.tell({ do: 'DeleteSnapshot', snapshotId, force: pick === 0 });
  },
  ofVolume: (story) => story.of(),
  ofSnapshot: async (story, pick) => {
    const snapshotId = [...snapshotsOf(await story.state())][pick];
    if (snapshotId) await story.of(snapshotId);
  },
  attach: (story) => story.attach(),
  detach: async (story) => {
    const volume = await story.state();
    const [attachmentId] = volume.status === 'provisioned' ? volume.attachments.keys() : [];
    if (attachmentId) await story.tell({ do: 'RemoveAttachment', attachmentId });
  },
  upload: (story) => story.upload(),
  reimage: (story, pick) =>
    story.tell({ do: 'Reimage', image: story.house.images.add({ id: idOf(6, pick) }), reserved: false }),
  reset: (story) => story.reset(),
  delete: (story) => story.tell({ do: 'DeleteVolume', userId: user, cascade: true }),
  forceDelete: (story) => story.tell({ do: 'DeleteVolume', userId: user, cascade: true, force: true }),
};
const snapshotsOf = (volume: Volume) => ('snapshots' in volume ? volume.snapshots.keys() : []);

const failure: fc.Arbitrary<Failing> = fc.tuple(
  fc.constantFrom('extend', 'createSnapshot', 'removeSnapshot', 'clone', 'cloneSnapshot', 'connect', 'openWriter'),
  fc.constantFrom('failed', 'full', 'busy', 'unavailable'),
);
const ask = fc.record({
  what: fc.constantFrom(
    ...Object.keys(asks).flatMap((name) => (/delete$|forceD|reset/i.test(name) ? name : [name, name])),
  ),
  pick: fc.integer({ min: 0, max: 2 }),
  /** Whether what was asked for is done before the next is asked for. */
  settles: fc.boolean(),
});
const scenario = fc.record({
  asked: fc.array(ask, { minLength: 1, maxLength: 8 }),
  failing: fc.array(failure, { maxLength: 3 }),
  lives: fc.array(fc.integer({ min: 5, max: 120 }), { maxLength: 4 }),
});

describe('the volume-manager killed at any step of what it does for a volume that is there', () => {
  test.each(stories)(
    'P5 · P7 · P14: %s ends well wherever the first process dies',
    async (_, tell) => whereverItDies(tell),
    120_000,
  );

  test.each([true, false])(
    'P5 · P7 · P14: an upload by the image’s place ends well wherever the first process dies (the place is told: %s)',
    async (isTold) => {
      await whereverItDies(async (story) => {
        const { uploads } = story.house;
        if (!isTold) uploads.locations = () => Promise.reject(new ImageUploadError('forbidden', 'it tells nobody'));
        const { id } = await story.upload();
        await settled(story);
        expect(await provisioned(story)).toMatchObject({ label: 'available' });
        expect(await uploads.show(id)).toMatchObject({ status: 'active' });
        const clone = uploads.locationsByImage.get(id)!.replace('cinder://', '') as VolumeId;
        expect(story.read(clone)).toBe('first');
        expect(uploads.puts).toEqual([]);
        story.volumes.push(clone);
      }, true);
    },
    120_000,
  );

  test('P5 · P7 · P14: an upload whose place is refused leaves no clone wherever the first process dies', async () => {
    await whereverItDies(async (story) => {
      const { uploads } = story.house;
      uploads.allowsLocations = false;
      uploads.locations = () => Promise.reject(new ImageUploadError('forbidden', 'it tells nobody'));
      const { id } = await story.upload();
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available' });
      expect(uploads.records.get(id)).toMatchObject({ status: 'active' });
      expect(uploads.puts).toEqual([id]);
      // What is on the backend and of no volume, nor of the cache, is against the laws.
    }, true);
  }, 120_000);

  test.each(['deleted by force', 'reset'])(
    'P5 · P7 · P14: an upload of a volume that is %s leaves no record without bytes wherever the first process dies',
    async (how) => {
      for (const place of [false, true]) {
        await whereverItDies(async (story) => {
          const { id } = await story.upload();
          if (how === 'reset') await story.reset();
          else await story.tell({ do: 'DeleteVolume', userId: user, force: true });
          await settled(story);
          expect(await story.state()).toMatchObject({ status: how === 'reset' ? 'provisioned' : 'deleted' });
          expect(story.house.uploads.records.has(id)).toBe(false);
        }, place);
      }
    },
    120_000,
  );

  test('P5 · P7 · P14: an upload that fails leaves nothing wherever the first process dies', async () => {
    await whereverItDies(async (story) => {
      story.house.uploads.fail('broken', 'broken');
      const { id } = await story.upload();
      await settled(story);
      expect(await provisioned(story)).toMatchObject({ label: 'available' });
      const serving = [...(await story.house.cache()).entries.values()].filter(({ status }) => status === 'ready');
      if (!story.house.uploads.records.has(id)) expect(serving).toEqual([]);
    });
  }, 120_000);

  test('P5 · P7 · P14: whatever is asked for, all of it ends, and nothing is left over', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ asked, failing, lives }) => {
        const story = await Story.open(lives, failing);
        try {
          for (const { what, pick, settles } of asked) {
            await asks[what]!(story, pick);
            if (settles) await story.house.pump.settle();
            else await story.house.pump.deliver();
          }
          await story.house.pump.settle();
          await story.keptItsLaws();
        } finally {
          await story.house.close();
        }
      }),
      { seed: 20_260_721, numRuns: 60 },
    );
  }, 120_000);
});
