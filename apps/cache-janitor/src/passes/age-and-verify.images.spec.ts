import { actor, cachePool, fillStarted, generationOf, imageOf, volumeOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { ageingHouse, dayMs, leased } from '../testing/ageing-house';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, entryOf } from '../testing/janitor-house';

const given = closedAfterEach(ageingHouse);

describe('an image', () => {
  test('I.36: that is deactivated serves nobody, for as long as it takes, and serves again when it is active', async () => {
    const { images, run, stored, pass } = await given({ graceSeconds: 60 }, ...entries(1, 2));
    images.put(imageOf(1), 'deactivated');
    expect(await run()).toEqual({ examined: 2, owed: 1, done: 1, left: 0 });
    pass(dayMs);
    await eventually(async () => (await run()).owed === 0);
    images.put(imageOf(1));
    expect(await run()).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await stored()).toEqual([
      ['suspended', 1, 'deactivated'],
      ['resumed', 1],
    ]);
  });

  test('I.36: that is deleted serves nobody at once, and its entry goes after the grace period, pinned or not', async () => {
    const pinned = { imageId: imageOf(1).id, by: actor, note: null, at: '2026-01-02T03:00:00.000Z' };
    const { images, run, stored, pass } = await given({ graceSeconds: 60 }, ...entries(1, 2), {
      type: 'pinned',
      data: pinned,
    });
    images.remove(imageOf(1).id);
    await run();
    pass(59_000);
    await eventually(async () => (await run()).owed === 0);
    pass(1_000);
    expect(await run()).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await stored()).toEqual([
      ['suspended', 1, 'deleted'],
      ['evict', 1, 'image-deleted'],
    ]);
  });

  test('that may not be read any more is hidden, and that is over when it may', async () => {
    const { images, run, stored } = await given({}, ...entries(1));
    images.forbid(imageOf(1).id);
    await run();
    images.put(imageOf(1));
    await eventually(async () => (await run()).done === 1);
    expect(await stored()).toEqual([
      ['suspended', 1, 'hidden'],
      ['resumed', 1],
    ]);
  });

  test.each(['pending_delete', 'deleted', 'killed'])('that is %s is deleted', async (status) => {
    const { images, run, stored } = await given({}, ...entries(1));
    images.put(imageOf(1), status);
    await run();
    expect(await stored()).toEqual([['suspended', 1, 'deleted']]);
  });

  test.each(['queued', 'saving', 'uploading', 'importing', 'a-status-of-tomorrow'])(
    'that is %s is left as it is',
    async (status) => {
      const { images, run } = await given({}, ...entries(1));
      images.put(imageOf(1), status);
      expect(await run()).toMatchObject({ owed: 0, done: 0, left: 0 });
    },
  );

  test('I.34: an edit of its record changes nothing', async () => {
    const { images, run } = await given({}, ...entries(1));
    const edited = {
      name: 'another name',
      updatedAt: '2027-01-01T00:00:00Z',
      visibility: 'private',
      owner: 'somebody',
    };
    images.put({ ...imageOf(1), ...edited, properties: { os_distro: 'debian' } });
    expect(await run()).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
  });

  test('with another content makes the entry stale once nobody uses it, and suspends nothing', async () => {
    const { images, run, stored, happen } = await given({}, ...entries(1), leased(1, 9));
    images.put({ ...imageOf(1), osHashValue: 'f'.repeat(128) });
    expect(await run()).toMatchObject({ owed: 0, done: 0 });
    const ended = { generation: generationOf(1), volumeId: volumeOf(9), reason: 'the create failed' };
    await happen('image-cache', cachePool, { type: 'lease-ended', data: ended });
    await eventually(async () => (await run()).done === 1);
    expect((await stored()).slice(1)).toEqual([['evict', 1, 'stale']]);
  });

  test('with another content keeps so many older ones as the pool is to keep', async () => {
    const older = (generation: number) =>
      entryOf(generation, 1, { content: `sha512:${generation}@${imageOf(1).id}`, image: imageOf(1) });
    const { run, stored } = await given({ keepGenerations: 2 }, ...older(1), ...older(2), ...older(3));
    await run();
    expect(await stored()).toEqual([
      ['evict', 1, 'superseded'],
      ['evict', 2, 'superseded'],
    ]);
  });

  test('of which a copy is only being made is not asked after', async () => {
    const { images, run } = await given({}, fillStarted(1, 1, { volumeId: null }));
    images.remove(imageOf(1).id);
    expect(await run()).toMatchObject({ owed: 0, left: 0 });
    expect(images.asked).toEqual([]);
  });
});
