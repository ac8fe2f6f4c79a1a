import { firstRoundWaitMs, NbdUpkeep, restoredAtOnceMax, roundsEveryMs } from './nbd-upkeep';

const told: string[] = [];
const log = {
  info: (message: string) => void told.push(`info: ${message}`),
  warn: (_: string, fields?: Readonly<Record<string, unknown>>) => void told.push(`warn: ${String(fields?.['error'])}`),
};
let upkeep: NbdUpkeep;
beforeEach(() => {
  jest.useFakeTimers();
  told.length = 0;
});
afterEach(async () => {
  await upkeep.close();
  jest.useRealTimers();
});

test('what goes wrong is told once, and tried again in every round until it goes well', async () => {
  const problems = ['it is taken', 'it is taken', 'it is gone', undefined, undefined];
  const restored: string[] = [];
  upkeep = new NbdUpkeep({
    names: async () => ['a', 'b'],
    restore: async (name) => {
      restored.push(name);
      const problem = name === 'a' ? problems.shift() : undefined;
      if (problem) throw new Error(problem);
    },
    log,
  });
  await upkeep.begin();
  for (let round = 1; round < 5; round++) await jest.advanceTimersByTimeAsync(roundsEveryMs);
  expect(restored.filter((name) => name === 'a')).toHaveLength(5);
  expect(restored.filter((name) => name === 'b')).toHaveLength(5);
  expect(told).toEqual(['warn: it is taken', 'warn: it is gone', 'info: an object is served over NBD again']);
});

test('the first round is not waited for for ever, and goes on', async () => {
  const waiting: (() => void)[] = [];
  upkeep = new NbdUpkeep({
    names: async () => Array.from({ length: restoredAtOnceMax + 1 }, (_, i) => `volume-${i}`),
    restore: () => new Promise((resolve) => waiting.push(resolve)),
    log,
  });
  const beginning = upkeep.begin();
  await jest.advanceTimersByTimeAsync(firstRoundWaitMs);
  await beginning;
  expect(waiting).toHaveLength(restoredAtOnceMax);
  waiting.shift()?.();
  await jest.advanceTimersByTimeAsync(0);
  expect(waiting).toHaveLength(restoredAtOnceMax);
  for (const done of waiting) done();
});

test('after its end nothing begins any more', async () => {
  let rounds = 0;
  upkeep = new NbdUpkeep({
    names: async () => {
      rounds += 1;
      return [];
    },
    restore: async () => undefined,
    log,
  });
  await upkeep.begin();
  await upkeep.close();
  await jest.advanceTimersByTimeAsync(2 * roundsEveryMs);
  expect(rounds).toBe(1);
});

test('a directory that cannot be read ends the start with its error, and a later round with a complaint', async () => {
  upkeep = new NbdUpkeep({
    names: () => Promise.reject(new Error('no directory')),
    restore: async () => undefined,
    log,
  });
  await expect(upkeep.begin()).rejects.toThrow('no directory');
});
