import { StoreUnavailableError } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse, testHost } from '../testing/test-house';
import type { VolumeManagerOptions } from './volume-manager';

let house: TestHouse;
let flaky: FlakyDriver;
beforeEach(() => (flaky = new FlakyDriver()));
afterEach(() => house.close());

type Options = Partial<
  Pick<VolumeManagerOptions, 'answerTimeoutMs' | 'reportIntervalMs' | 'choresIntervalMs' | 'gate'>
>;

const open = (options: Options = {}) =>
  TestHouse.open({
    backends: { bad: {}, good: {} },
    wrap: (name, driver) => (name === 'bad' ? flaky.wrap(driver) : driver),
    ...options,
  });
const report = async () => (await house.liveness.hosts()).get(testHost)!;

test('at the start the host reports its pools, what they can do and what their caches may do', async () => {
  house = await open();
  expect(await report()).toMatchObject({
    host: testHost,
    pools: house.pools.map((pool) => ({ pool, cloneMethod: 'memory', cache: { state: 'enabled' } })),
    down: [],
  });
});

test('a backend that cannot be opened is told with its reason, and the others work', async () => {
  flaky.fail('capacity', 'unavailable');
  house = await open();
  expect(await report()).toMatchObject({
    pools: [{ pool: house.pools[1] }],
    down: [{ backend: 'bad', reason: expect.stringContaining('unavailable') }],
  });
  expect(house.manager.check()).toMatchObject({ pools: [house.pools[1]], down: [{ backend: 'bad' }] });
});

test('a backend that stays down is told once, not at every look', async () => {
  flaky.fail('capacity', ...Array<'unavailable'>(4).fill('unavailable'));
  house = await open({ choresIntervalMs: 5, reportIntervalMs: 5 });
  await eventually(async () => (await report()).pools.length === 2);
  const told = house.log.lines.filter(({ message }) => message === 'a backend could not be opened');
  expect(told).toMatchObject([{ level: 'error', fields: { backend: 'bad', driver: 'bad', code: 'unavailable' } }]);
});

test('a backend that was down is opened again by a later look', async () => {
  flaky.fail('capacity', 'unavailable');
  house = await open({ choresIntervalMs: 5, reportIntervalMs: 5 });
  await eventually(async () => (await report()).pools.length === 2);
  expect((await report()).down).toEqual([]);
});

test('P11: while nobody vouches for the log nothing is done by what is remembered of it; the host still says that it lives', async () => {
  flaky.fail('capacity', 'unavailable');
  const gate = { isOpen: false };
  house = await open({ choresIntervalMs: 1, reportIntervalMs: 1, gate });
  const { reportedAt } = await report();
  house.nowMs += 1_000;
  await eventually(async () => (await report()).reportedAt !== reportedAt);
  expect((await report()).down).toMatchObject([{ backend: 'bad' }]);
  gate.isOpen = true;
  await eventually(async () => (await report()).down.length === 0);
});

test('a backend that does not answer when it is opened counts as down, and holds up no other', async () => {
  flaky.hold('capacity');
  house = await open({ answerTimeoutMs: 20 });
  expect(await report()).toMatchObject({
    pools: [{ pool: house.pools[1] }],
    down: [{ backend: 'bad', reason: expect.stringContaining('longer than 20 ms') }],
  });
  flaky.release('capacity');
});

test('a backend that falls silent later is left out of the report; the others are in it, and its pools stay open', async () => {
  house = await open({ answerTimeoutMs: 20, reportIntervalMs: 5 });
  flaky.hold('capacity');
  await eventually(async () => (await report()).down.length === 1);
  expect((await report()).pools).toMatchObject([{ pool: house.pools[1] }]);
  flaky.release('capacity');
  await eventually(async () => (await report()).pools.length === 2);
});

test('a backend that hangs in its chores keeps no other from them', async () => {
  house = await open({ choresIntervalMs: 5 });
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', 'clone-limit');
  flaky.hold('remove');
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.volume(id)).status === 'provisioned');
  await eventually(() => flaky.calls.includes('remove'));
  await house.manager.react({ kind: 'pool', id: house.pools[1]! }, new AbortController().signal);
  flaky.release('remove');
  await house.pump.settle();
});

test('with no backend up the host is not ready, and says why', async () => {
  flaky.fail('capacity', 'unavailable');
  house = await TestHouse.open({ backends: { bad: {} }, wrap: (_, driver) => flaky.wrap(driver) });
  expect(() => house.manager.check()).toThrow(/no backend is up: .*unavailable/);
});

test('a nudge for a pool that is not open is passed over with a warning', async () => {
  house = await open();
  await house.manager.react({ kind: 'pool', id: 'store-01@gone#here' }, new AbortController().signal);
  expect(house.log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { pool: 'store-01@gone#here' } });
});

test('closing takes the host off the board and leaves snapshots, from which the next process goes on', async () => {
  house = await open();
  const image = house.images.add();
  await house.create(image);
  await house.manager.close();
  expect((await house.liveness.hosts()).size).toBe(0);
  expect(await house.snapshots.load(`state/image-cache/${house.pools[0]}`)).toMatchObject({
    fingerprint: expect.any(String),
  });
  await house.boot();
  expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
});

test('two volume-managers under one name are noticed and told', async () => {
  house = await open({ choresIntervalMs: 5 });
  await house.liveness.report({ ...(await report()), incarnation: 'somebody-else' });
  await eventually(() =>
    house.log.lines.some(({ message }) => message.startsWith('another volume-manager bears the name')),
  );
});

test('a log that is away at the start is an error of the start', async () => {
  house = await open();
  jest.spyOn(house.store, 'append').mockRejectedValue(new StoreUnavailableError('the log is away'));
  jest.spyOn(house.store, 'read').mockImplementation(() => {
    throw new StoreUnavailableError('the log is away');
  });
  await expect(house.boot()).rejects.toThrow(StoreUnavailableError);
  jest.restoreAllMocks();
});
