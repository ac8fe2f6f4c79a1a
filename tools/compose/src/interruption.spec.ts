import { Interrupted, unlessInterrupted } from './interruption';

const never = () => new Promise<never>(() => undefined);

test('waiting ends with the interruption', async () => {
  const stopping = new AbortController();
  const waiting = unlessInterrupted(stopping.signal, never);
  stopping.abort(new Interrupted('SIGTERM'));
  await expect(waiting).rejects.toMatchObject({ message: 'interrupted by SIGTERM', exitCode: 143 });
});

test('nothing is begun after an interruption', async () => {
  const begin = jest.fn(never);
  await expect(unlessInterrupted(AbortSignal.abort(new Interrupted('SIGINT')), begin)).rejects.toThrow(Interrupted);
  expect(begin).not.toHaveBeenCalled();
});

test('without an interruption the result, or the error, is that of the work', async () => {
  const { signal } = new AbortController();
  await expect(unlessInterrupted(signal, async () => 'done')).resolves.toBe('done');
  await expect(unlessInterrupted(signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
