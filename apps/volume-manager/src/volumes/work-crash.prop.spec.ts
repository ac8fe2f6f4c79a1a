import type { Volume } from '@hearth/domain';
import type { UserId, VolumeId } from '@hearth/kernel';
import { ImageUploadError } from '@hearth/openstack-clients';
import fc from 'fast-check';
import { type Failing, idOf, Story } from '../testing/volume-story';
import type { Provisioned } from '../testing/volume-work';

const user = 'alice' as UserId;

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
