import { StoreUnavailableError } from '@hearth/event-sourcing';
import { untilStored } from './until-stored';

const away = new StoreUnavailableError('the log is away');

test('what cannot be stored is submitted again until the log is back', async () => {
  let left = 2;
  const submit = async () => {
    if ((left -= 1) >= 0) throw away;
    return 'stored';
  };
  expect(await untilStored(new AbortController().signal, submit)).toBe('stored');
});

test('any other error ends it at once', async () => {
  let calls = 0;
  const submit = async () => {
    calls += 1;
    throw new Error('no');
  };
  await expect(untilStored(new AbortController().signal, submit)).rejects.toThrow('no');
  expect(calls).toBe(1);
});

test('the end of the process ends it with the error of the log', async () => {
  const ending = new AbortController();
  const submit = async () => {
    queueMicrotask(() => ending.abort());
    throw away;
  };
  await expect(untilStored(ending.signal, submit)).rejects.toBe(away);
});
