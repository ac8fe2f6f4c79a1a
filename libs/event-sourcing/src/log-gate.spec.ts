import { StoreUnavailableError } from './event-store';
import { LogGate, LogSuspectError, LogUnverifiedError } from './log-gate';

let gate: LogGate;
beforeEach(() => {
  gate = new LogGate();
});

test('P11: nobody passes before somebody has vouched for the log, and whoever waits hears why', async () => {
  const passing = gate.passed('cannot append', 1);
  await expect(passing).rejects.toThrow(LogUnverifiedError);
  await expect(gate.passed('cannot append', 1)).rejects.toThrow('cannot append: nobody has vouched for the log yet');
  expect(new LogUnverifiedError('')).toBeInstanceOf(StoreUnavailableError);
});

test('whoever waits passes as soon as the gate opens', async () => {
  const passing = gate.passed('cannot append', 60_000);
  gate.open();
  await passing;
  await gate.passed('cannot append', 1);
  await gate.whenOpen(new AbortController().signal);
});

test('P11: a suspect log lets nobody wait', async () => {
  const passing = gate.passed('cannot append', 60_000);
  gate.shut('suspect', 'its end is lost');
  await expect(passing).rejects.toThrow(LogSuspectError);
  expect(() => gate.check()).toThrow('suspect: its end is lost');
});

test('a follower waits until it is open, or nobody wants it any more', async () => {
  const stopped = new AbortController();
  const waiting = gate.whenOpen(stopped.signal);
  gate.shut('suspect', 'its end is lost');
  stopped.abort();
  await waiting;
  expect(gate.isOpen).toBe(false);
});

test('the newest commit that was seen is the one furthest in the log', () => {
  expect(gate.newest).toBeUndefined();
  gate.saw(7, 'seven');
  gate.saw(3, 'three');
  expect(gate.newest).toEqual({ sequence: 7, commitId: 'seven' });
});

test('who listens hears of changes alone', () => {
  const heard: string[] = [];
  const stop = gate.listen(({ status }) => heard.push(status));
  gate.open();
  gate.open();
  gate.shut('unverified', 'a restart');
  gate.shut('unverified', 'a restart');
  gate.shut('suspect', 'a loss');
  stop();
  gate.open();
  expect(heard).toEqual(['open', 'unverified', 'suspect']);
});
