import { ResumeAccount, defaultResumeBudget } from './resume-budget';

const budget = { fruitlessMax: 3, resumptionsMax: 10, progressBytes: 1000, pauseMs: 100, pauseMsMax: 350 };
const account = (random = 1 - Number.EPSILON) => new ResumeAccount(budget, () => random);
const taken = (one: ResumeAccount, ...brought: number[]) =>
  brought.map((bytes) => {
    const pauseMs = one.take(bytes);
    return pauseMs === undefined ? undefined : Math.round(pauseMs);
  });

test('pauses double up to the longest, and the budget ends after its fruitless attempts', () =>
  expect(taken(account(), 0, 0, 999, 999)).toEqual([100, 200, 350, undefined]));

test('progress makes the pauses short again, however often', () =>
  expect(taken(account(), 0, 0, 0, 1000, 0, 1000, 5000, 0)).toEqual([100, 200, 350, 100, 200, 100, 100, 200]));

test('however much each attempt brings, they end', () => {
  const one = account();
  expect(taken(one, ...Array<number>(11).fill(5000))).toEqual([...Array<number>(10).fill(100), undefined]);
  expect(one.resumptions).toBe(10);
});

test('a pause is at least half as long as it may be', () => expect(taken(account(0), 0, 0)).toEqual([50, 100]));

test('a budget of no attempts allows none', () =>
  expect(new ResumeAccount({ ...defaultResumeBudget, fruitlessMax: 0 }).take(2 ** 30)).toBeUndefined());
