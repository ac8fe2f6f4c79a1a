import { EarlySync } from './early-sync';

test('one sync is under way at a time, and another may begin after it, however it ended', async () => {
  const early = new EarlySync();
  let end!: () => void;
  const first = early.begin(() => new Promise((resolve) => (end = resolve)));
  expect(early.begin(() => Promise.reject(new Error('begun beside another')))).toBeUndefined();
  end();
  await first;
  await expect(early.begin(() => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
  await expect(early.begin(async () => undefined)).resolves.toBeUndefined();
});
