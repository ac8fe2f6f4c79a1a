import { stuckRounds } from './stuck-rounds';

test('the rounds of asking come at doubling distances, and then at equal ones, for ever', () => {
  const first = (round: number) => {
    for (let periods = 0; periods < 1_000; periods += 1) if (stuckRounds(periods * 60, 60) >= round) return periods;
    return undefined;
  };
  expect([1, 2, 3, 4, 5, 6, 7].map(first)).toEqual([1, 2, 4, 8, 16, 32, 48]);
});

test('what was spoken of a moment ago, or in the future of another clock, is not stuck', () => {
  expect([stuckRounds(59, 60), stuckRounds(0, 60), stuckRounds(-5_000, 60)]).toEqual([0, 0, 0]);
});

test('rounds never go back as time passes', () => {
  let before = 0;
  for (let silentMs = 0; silentMs < 60_000; silentMs += 37) {
    const round = stuckRounds(silentMs, 100);
    expect(round).toBeGreaterThanOrEqual(before);
    before = round;
  }
});
