import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, temporaryDirectory } from '@hearth/testing';
import { programRunner } from './run-program';

const run = programRunner();

test('what a program writes comes back', async () => {
  expect(await run(['sh', '-c', 'echo out; echo err >&2'])).toEqual({ stdout: 'out\n', stderr: 'err\n' });
});

test('arguments are no shell text', async () => {
  expect((await run(['printf', '%s', '$(id); *'])).stdout).toBe('$(id); *');
});

test('messages are in the C locale', async () => {
  const german = programRunner({ environment: { LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' } });
  expect((await german(['sh', '-c', 'echo "$LC_ALL"'])).stdout).toBe('C\n');
});

test('a failure says the exit code and the last line of the error output', async () => {
  await expect(run(['sh', '-c', 'echo first >&2; echo last >&2; exit 3'])).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/exit code 3: last$/),
    stderr: 'first\nlast\n',
  });
});

test('a program that is not there is named', async () => {
  await expect(run(['no-such-program'])).rejects.toThrow('no-such-program: the program is not installed');
});

test('a program that takes too long is killed with all its children', async () => {
  const home = await temporaryDirectory('hearth-run-');
  try {
    const pidFile = join(home.path, 'pid');
    const argv: [string, ...string[]] = ['sh', '-c', `sleep 300 & echo $! > '${pidFile}'; wait`];
    const stop = new AbortController();
    const running = run(argv, { signal: stop.signal });
    running.catch(() => undefined);
    const pid = await eventually(async () => Number(await readFile(pidFile, 'utf8')) || undefined);
    stop.abort();
    await expect(running).rejects.toThrow('called off');
    await eventually(() => !existsSync(`/proc/${pid}/fd/0`), { what: `the end of process ${pid}` });
    await expect(run(argv, { timeoutMs: 50 })).rejects.toThrow('took longer than 50 ms');
  } finally {
    await home.remove();
  }
});

test('a program that talks without end is stopped', async () => {
  const strict = programRunner({ outputBytesMax: 1_000 });
  await expect(strict(['yes'])).rejects.toThrow('wrote more than 1000 bytes');
});

test('what is called off before it begins is not begun', async () => {
  await expect(run(['sleep', '300'], { signal: AbortSignal.abort() })).rejects.toThrow('before it began');
});
