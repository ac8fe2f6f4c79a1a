import { ProjectionPosition } from './projection-position';

test('a position that is reached already is not waited for', async () => {
  const position = new ProjectionPosition();
  position.advance(5);
  expect(await position.waitFor(5, 0)).toBe(true);
});

test('waiters are called as soon as the position passes theirs', async () => {
  const position = new ProjectionPosition();
  const waits = [position.waitFor(3, 60_000), position.waitFor(4, 60_000)];
  position.advance(7);
  expect(await Promise.all(waits)).toEqual([true, true]);
});

test('who waits too long learns that it was not reached', async () => {
  const position = new ProjectionPosition();
  const wait = position.waitFor(2, 1);
  position.advance(1);
  expect(await wait).toBe(false);
});

test('the position never goes back', () => {
  const position = new ProjectionPosition();
  position.advance(9);
  position.advance(3);
  expect(position.sequence).toBe(9);
});
