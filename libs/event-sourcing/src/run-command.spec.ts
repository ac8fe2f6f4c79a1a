import type { EventStore } from './event-store';
import { InMemoryEventStore } from './in-memory.event-store';
import { readState, runCommand, StreamContendedError, wasRefused } from './run-command';
import { contextOf, traceparentOf } from './telemetry';
import { newCommit, streamNamed } from './testing';
import { reasonsDecider } from './testing/reasons.decider';

const stream = streamNamed('service');
let ids = 0;
const environment = (store: EventStore) => ({
  store,
  now: () => '2026-01-02T03:04:05.678Z',
  newId: () => `command-${(ids += 1)}`,
});
const add = (reason: string) => ({ do: 'add', reason }) as const;

/** A log in which others append just before us, as often as told. */
function contended(log: InMemoryEventStore, times: number): EventStore {
  let left = times;
  return {
    append: async (of, expected, commit) => {
      if (left-- > 0)
        await log.append(stream, (await readState(log, reasonsDecider, stream)).sequence, newCommit(`other ${left}`));
      return log.append(of, expected, commit);
    },
    read: (...read) => log.read(...read),
    follow: (options) => log.follow(options),
    lastSequence: () => log.lastSequence(),
  };
}

test('a decision is stored with its context and answered with the state after it', async () => {
  const log = new InMemoryEventStore();
  const context = {
    correlationId: 'req-1',
    causationId: 'cause',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const answer = await runCommand(environment(log), reasonsDecider, stream, add('a'), context);
  expect(answer).toMatchObject({ state: ['a'], events: [{ type: 'ServiceDisabled' }], sequence: 1 });
  for await (const commit of log.read(stream)) expect(commit).toMatchObject(context);
});

test('a commit of work that nobody traces bears a trace of its own', async () => {
  const log = new InMemoryEventStore();
  for (const reason of ['a', 'b']) await runCommand(environment(log), reasonsDecider, stream, add(reason));
  const traces = new Set<string | undefined>();
  for await (const { traceparent } of log.read(stream)) traces.add(traceparentOf(contextOf(traceparent)));
  expect(traces.size).toBe(2);
  expect(traces).not.toContain(undefined);
});

test('what is so already is no commit, and what is not allowed is a refusal', async () => {
  const log = new InMemoryEventStore();
  await runCommand(environment(log), reasonsDecider, stream, add('a'));
  expect(await runCommand(environment(log), reasonsDecider, stream, add('a'))).toEqual({
    state: ['a'],
    events: [],
    sequence: 1,
  });
  const refused = await runCommand(environment(log), reasonsDecider, stream, { do: 'require', reason: 'b' });
  expect(wasRefused(refused) && refused.data).toEqual({ reason: 'b' });
  expect(await log.lastSequence()).toBe(1);
});

test('after a conflict it is decided again on what others stored', async () => {
  const log = new InMemoryEventStore();
  const answer = await runCommand(environment(contended(log, 3)), reasonsDecider, stream, add('mine'));
  expect(answer).toMatchObject({ state: ['other 2', 'other 1', 'other 0', 'mine'], sequence: 4 });
});

test('a state known to be stale costs one conflict, not a wrong decision', async () => {
  const log = new InMemoryEventStore();
  await runCommand(environment(log), reasonsDecider, stream, add('a'));
  const known = { state: [], sequence: 0 };
  expect(await runCommand(environment(log), reasonsDecider, stream, add('a'), { known })).toMatchObject({
    events: [],
    sequence: 1,
  });
});

test('a stream that changes under ten attempts is given up by name', async () => {
  const attempt = runCommand(
    environment(contended(new InMemoryEventStore(), 100)),
    reasonsDecider,
    stream,
    add('mine'),
  );
  await expect(attempt).rejects.toThrow(StreamContendedError);
  await expect(attempt).rejects.toThrow(`service/${stream.id}`);
});
