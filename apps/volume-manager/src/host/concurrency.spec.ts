import { Gate, GateCrowdedError } from './gate';
import { Lanes } from './lanes';
import { OneAtATime } from './one-at-a-time';

/** A piece of work that ends when it is told to. */
function piece() {
  const events: string[] = [];
  let end: (() => void) | undefined;
  const work = () => {
    events.push('begun');
    return new Promise<void>((resolve) => (end = resolve));
  };
  return { events, work, end: () => end?.() };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a gate lets its number through, the next when one has ended, failed or not', async () => {
  const gate = new Gate({ atOnceMax: 1 });
  const failing = gate.pass(() => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  const [first, second] = [piece(), piece()];
  const both = [gate.pass(first.work), gate.pass(second.work)];
  await turn();
  expect([first.events, second.events]).toEqual([['begun'], []]);
  first.end();
  await turn();
  expect(second.events).toEqual(['begun']);
  second.end();
  await Promise.all(both);
});

test('work on one key waits its turn even after a failure; another key does not wait', async () => {
  const line = new OneAtATime();
  const [first, second, other] = [piece(), piece(), piece()];
  const failing = line.run('a', () => first.work().then(() => Promise.reject(new Error('no'))));
  const next = line.run('a', second.work);
  const elsewhere = line.run('b', other.work);
  await turn();
  expect([first.events, second.events, other.events]).toEqual([['begun'], [], ['begun']]);
  first.end();
  await expect(failing).rejects.toThrow('no');
  await turn();
  expect(second.events).toEqual(['begun']);
  expect(line.has('a')).toBe(true);
  second.end();
  other.end();
  await Promise.all([next, elsewhere]);
  expect(line.has('a')).toBe(false);
});

test('a gate at which enough wait already sends the next one away at once', async () => {
  const gate = new Gate({ name: 'write an image', atOnceMax: 1, waitingMax: 1 });
  const [first, second] = [piece(), piece()];
  const both = [gate.pass(first.work), gate.pass(second.work)];
  await expect(gate.pass(() => Promise.resolve())).rejects.toThrow(GateCrowdedError);
  await turn();
  first.end();
  await turn();
  second.end();
  await Promise.all(both);
  expect(gate.isIdle).toBe(true);
  await gate.pass(() => Promise.resolve());
});

test('clones of one source wait for each other before they take the place of another source', async () => {
  const lanes = new Lanes({ fillsAtOnceMax: 1, fillsWaitingMax: 1, clonesAtOnceMax: 2 }, 1);
  const [one, again, other] = [piece(), piece(), piece()];
  const all = [lanes.clone('a', one.work), lanes.clone('a', again.work), lanes.clone('b', other.work)];
  await turn();
  expect([one.events, again.events, other.events]).toEqual([['begun'], [], ['begun']]);
  one.end();
  await turn();
  expect(again.events).toEqual(['begun']);
  again.end();
  other.end();
  await Promise.all(all);
});

test('uploads and fills that wait hold no more workers together than the limit says', async () => {
  const waitingMax = 8;
  const lanes = new Lanes({ fillsAtOnceMax: 1, fillsWaitingMax: waitingMax, clonesAtOnceMax: 2 }, 1);
  const pieces = Array.from({ length: 4 * waitingMax }, piece);
  let crowded = 0;
  const all = pieces.map(({ work }, at) =>
    (at % 2 ? lanes.upload(work) : lanes.fill(work)).catch((error: unknown) => {
      expect(error).toBeInstanceOf(GateCrowdedError);
      crowded += 1;
    }),
  );
  await turn();
  expect(pieces.filter(({ events }) => events.length > 0)).toHaveLength(2);
  expect(pieces.length - crowded).toBe(2 + waitingMax);
  for (let round = 0; round < waitingMax; round += 1) {
    for (const { end } of pieces) end();
    await turn();
  }
  await Promise.all(all);
});
