import { cachePool, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { ageingHouse, dayMs, minuteMs } from '../testing/ageing-house';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, janitorHouse } from '../testing/janitor-house';

const given = closedAfterEach(ageingHouse);
const givenPools = closedAfterEach(janitorHouse);

describe('the image service', () => {
  test.each(['away', 'forbidden', 'nonsense', 'not-found'] as const)(
    'that is %s makes no image gone: all stays, is left for later, and is told once',
    async (problem) => {
      const { images, run, stored, told } = await given({}, ...entries(1, 2));
      images.problem = problem;
      images.remove(imageOf(1).id);
      expect(await run()).toEqual({ examined: 2, owed: 0, done: 0, left: 2 });
      await run();
      expect(await stored()).toEqual([]);
      expect(told.filter(([level, text]) => level === 'warn' && text.includes('image service'))).toHaveLength(1);
      images.problem = undefined;
      expect(await run()).toMatchObject({ done: 1, left: 0 });
    },
  );

  test('that is away keeps nothing from growing old', async () => {
    const { images, run, stored, pass } = await given({ ttlSeconds: 60 }, ...entries(1));
    images.problem = 'away';
    pass(minuteMs);
    expect(await run()).toMatchObject({ owed: 1, done: 1 });
    expect(await stored()).toEqual([['evict', 1, 'ttl']]);
  });

  test('that knows none of several images is not believed: it may be that of another cloud', async () => {
    const { images, run, stored, told, pass } = await given({ graceSeconds: 60 }, ...entries(1, 2, 3));
    for (const number of [1, 2, 3]) images.remove(imageOf(number).id);
    expect(await run()).toEqual({ examined: 3, owed: 0, done: 0, left: 3 });
    pass(dayMs);
    await run();
    expect(await stored()).toEqual([]);
    expect(told.filter(([level, text]) => level === 'warn' && text.includes('another cloud'))).toHaveLength(1);
    images.put(imageOf(1));
    expect(await run()).toEqual({ examined: 3, owed: 2, done: 2, left: 0 });
    expect((await stored()).map(([, generation]) => generation)).toEqual([2, 3]);
  });

  test('that shows none of several images to the janitor is not believed either', async () => {
    const { images, run, stored } = await given({}, ...entries(1, 2, 3));
    for (const number of [1, 2, 3]) images.forbid(imageOf(number).id);
    expect(await run()).toMatchObject({ owed: 0, left: 3 });
    expect(await stored()).toEqual([]);
  });

  test('is believed of images that go one after the other, and of the last', async () => {
    const { images, run, stored } = await given({}, ...entries(1, 2, 3));
    for (const number of [1, 2, 3]) {
      images.remove(imageOf(number).id);
      await eventually(async () => {
        await run();
        return (await stored()).length === number;
      });
    }
    expect((await stored()).map(([type]) => type)).toEqual(['suspended', 'suspended', 'suspended']);
  });

  test('is asked after each image once, in batches, whichever pools have it; the longest unasked first', async () => {
    const house = await givenPools(['store-01'], { imageLooksMax: 60 });
    const numbers = Array.from({ length: 80 }, (_, index) => index + 1);
    for (const number of numbers) house.images.put(imageOf(number));
    await house.happen('image-cache', cachePool, ...entries(...numbers));
    await house.happen('image-cache', 'store-02@fast#default', ...entries(...numbers));
    const { passes } = await house.open();
    expect(await passes.runNow('age-and-verify')).toMatchObject({ examined: 160, left: 20 });
    expect(house.images.asked.map((batch) => batch.length)).toEqual([50, 10]);
    house.pass(1_000);
    await passes.runNow('age-and-verify');
    const first = new Set(house.images.asked.slice(0, 2).flat());
    const second = house.images.asked.slice(2).flat();
    expect(second.slice(0, 20).filter((id) => first.has(id))).toEqual([]);
  });
});
