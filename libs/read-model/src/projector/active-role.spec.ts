import { ActiveRole } from './active-role';

const ended = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('what is done while passive ends when this process becomes active, and begins no sooner than it is passive again', async () => {
  const role = new ActiveRole();
  const { signal } = new AbortController();
  const told: string[] = [];
  const passive = role.whilePassive(signal, async (until) => {
    told.push('listens');
    await ended(until);
    told.push('has ended');
  });
  let stopBeingActive = () => {};
  const active = role.whileActive(() => new Promise((resolve) => (stopBeingActive = resolve)));
  await passive;
  const again = role.whilePassive(signal, async () => void told.push('listens again'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual(['listens', 'has ended']);
  stopBeingActive();
  await Promise.all([active, again]);
  expect(told).toEqual(['listens', 'has ended', 'listens again']);
});

test('who failed as the active one is passive', async () => {
  const role = new ActiveRole();
  await expect(role.whileActive(() => Promise.reject(new Error('the connection broke')))).rejects.toThrow('broke');
  let wasPassive = false;
  await role.whilePassive(new AbortController().signal, async () => void (wasPassive = true));
  expect(wasPassive).toBe(true);
});

test('who waits to be passive is let go by its signal, and does nothing', async () => {
  const role = new ActiveRole();
  const stop = new AbortController();
  let stopBeingActive = () => {};
  const active = role.whileActive(() => new Promise((resolve) => (stopBeingActive = resolve)));
  const waiting = role.whilePassive(stop.signal, () => Promise.reject(new Error('it is active')));
  stop.abort();
  await waiting;
  stopBeingActive();
  await active;
});
