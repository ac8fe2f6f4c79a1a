import { imageCacheContract } from '@hearth/contracts';
import type { EventStore } from '@hearth/event-sourcing';
import { generateHistory } from './history/generate';
import type { History } from './history/history';
import { type Outcome, play } from './history/play';
import { shrink } from './history/shrink';
import { textOfFound } from './found-text';
import { simulate } from './simulate';
import { ImageService } from './world/image-service';
import { SimulatedLog } from './world/simulated-log';

/** As many as CI has a minute for; many more: `npm run simulate -- --histories 100000`. */
const histories = 800;
const seed = 20_260_901;

test(`P1 · P3 · P4 · P5 · P6 · P7 · P8 · P9 · P12 · P13 · P14 · P15 hold in ${histories} histories from seed ${seed} on`, async () => {
  const report = await simulate({ seed, histories, failures: 1 });
  expect(report.found.map(textOfFound).join('\n')).toBe('');
  expect(report.histories).toBe(histories);
  const never = Object.keys(imageCacheContract.events).filter((kind) => kind !== 'evict' && !report.kinds.has(kind));
  expect(never).toEqual([]);
}, 600_000);

test('a history goes the same way every time', async () => {
  const long = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((one) => generateHistory(one).actions.length > 18)!;
  const lived = async (schedule: number) => {
    const { words, ...outcome } = await play(generateHistory(long), { schedule, keepWords: true });
    return { words: words.map(withoutErrors), ...outcome };
  };
  const once = await lived(12);
  expect(await lived(12)).toEqual(once);
  expect(once.facts).toBeGreaterThan(10);
  expect((await lived(13)).words).not.toEqual(once.words);
});

const withoutErrors = (line: string) => line.replace(/"error":.*/, '');

describe('a promise that does not hold', () => {
  const ofOne: History = {
    setup: {
      hosts: [{ backends: [{ cloneLimit: 0, refusesRemoval: false }], options: {} }],
      images: [{ virtualGib: 1, headerGib: 1 }],
      janitors: 1,
    },
    actions: [
      { do: 'create', image: null, sizeGib: 2, count: 2, then: 5 },
      { do: 'create', image: 0, sizeGib: 3, count: 2, then: 'rest' },
      { do: 'wait', ms: 2_000, then: 3 },
      { do: 'turn-image', image: 0, to: 'deleted', then: 3 },
    ],
  };
  afterEach(() => jest.restoreAllMocks());

  test('is found, and told with the shortest history', async () => {
    expect((await play(ofOne, { schedule: 3 })).broken).toBeUndefined();
    const { bytesOf } = ImageService.prototype;
    // Of an image that is deleted, so that no volume is made of it when all is at rest.
    jest.spyOn(ImageService.prototype, 'bytesOf').mockImplementation(function (this: ImageService, identity) {
      return this.images[0]?.status === 'deleted' ? Buffer.from('other bytes') : bytesOf.call(this, identity);
    });
    const { broken } = await play(ofOne, { schedule: 3 });
    expect(broken).toMatchObject({ promise: "P3 a clone's bytes are the image's" });
    const { history } = await shrink({ history: ofOne, schedule: 3, broken: broken! });
    expect(history.actions).toEqual([
      { do: 'create', image: 0, sizeGib: 3, count: 1, then: 'rest' },
      { do: 'turn-image', image: 0, to: 'deleted', then: 'rest' },
    ]);
  });

  test('is told where a commit is stored whose writer decided on an old state', async () => {
    const of = SimulatedLog.prototype.of;
    // A log that knows no conflicts.
    jest.spyOn(SimulatedLog.prototype, 'of').mockImplementation(function (this: SimulatedLog, process) {
      const store: EventStore = of.call(this, process);
      return {
        ...store,
        append: async (stream, expected, commit) => {
          const first = await store.append(stream, expected, commit);
          if (first.status === 'appended') return first;
          let last = 0;
          for await (const { sequence } of this.asItIs.read(stream)) last = sequence;
          return store.append(stream, last, commit);
        },
      };
    });
    let broken: Outcome['broken'];
    for (let at = 1; at <= 300 && !broken; at += 1) broken = (await play(generateHistory(at), { schedule: at })).broken;
    expect(broken).toBeDefined();
  }, 60_000);
});
