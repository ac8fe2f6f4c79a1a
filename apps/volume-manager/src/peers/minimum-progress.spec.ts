import { ProgressWatch } from './minimum-progress';

const watch = () => new ProgressWatch({ bytes: 1_000, withinMs: 100 });

test('who brings the least that is asked, in as much waiting as it may take, is not complained of', () => {
  const watched = watch();
  for (let round = 0; round < 50; round += 1) expect(watched.complaint(50, 500)).toBeUndefined();
});

test('who brings less is, once the time has passed, however it is spread', () => {
  const watched = watch();
  for (let wait = 0; wait < 9; wait += 1) expect(watched.complaint(10, 99)).toBeUndefined();
  expect(watched.complaint(10, 99)).toContain('990 bytes in 100 ms');
});

test('what came long ago does not count', () => {
  const watched = watch();
  expect(watched.complaint(100, 1_000_000)).toBeUndefined();
  expect(watched.complaint(100, 999)).toBeDefined();
});

test('time in which nobody waited does not count', () => {
  const watched = watch();
  for (let wait = 0; wait < 1_000; wait += 1) expect(watched.complaint(0, 1)).toBeUndefined();
});
