import { SharedSync } from './shared-sync';

/** A sync that ends when told to. */
function controlled() {
  const running: { end(): void; fail(error: Error): void }[] = [];
  const sync = () => new Promise<void>((resolve, reject) => running.push({ end: resolve, fail: reject }));
  return { running, shared: new SharedSync(sync) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('who comes while a sync is under way waits for the next one, all together', async () => {
  const { running, shared } = controlled();
  const first = shared.join();
  await turn();
  let settled = 0;
  const later = [shared.join(), shared.join(), shared.join()].map((joined) => joined.then(() => settled++));
  running[0]!.end();
  await first;
  await turn();
  expect(settled).toBe(0);
  expect(running).toHaveLength(2);
  running[1]!.end();
  await Promise.all(later);
  expect(running).toHaveLength(2);
});

test('a failed sync fails those who waited for it and nobody after', async () => {
  const { running, shared } = controlled();
  const first = shared.join();
  await turn();
  const second = shared.join();
  running[0]!.fail(new Error('EIO'));
  await expect(first).rejects.toThrow('EIO');
  await turn();
  running[1]!.end();
  await second;
});
