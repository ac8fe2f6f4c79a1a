import type { EventStore } from './event-store';
import { StoreUnavailableError } from './event-store';
import { InMemoryEventStore } from './in-memory.event-store';
import { newCommit, streamNamed } from './testing';
import { reasonsDecider } from './testing/reasons.decider';
import { untilState } from './until-state';

const long = { timeoutMs: 60_000 };
const has = (reason: string) => (reasons: readonly string[]) => reasons.includes(reason);

async function house() {
  const store = new InMemoryEventStore();
  const stream = streamNamed('service');
  let last = 0;
  const add = async (reason: string) => {
    const answer = await store.append(stream, last, newCommit(reason));
    if (answer.status === 'appended') last = answer.sequence;
  };
  return { store, stream, add, start: { stream, state: [] as readonly string[], sequence: 0 } };
}

/** A log whose followers are counted, and that tells when each has ended. */
function watched(store: EventStore) {
  const following = { now: 0, ever: 0 };
  const follow: EventStore['follow'] = async function* (options) {
    following.now += 1;
    following.ever += 1;
    try {
      yield* store.follow(options);
    } finally {
      following.now -= 1;
    }
  };
  return { follow, following };
}

test('what is so already is answered at once, and nobody follows anything', async () => {
  const { store, stream } = await house();
  const { follow, following } = watched(store);
  const from = { stream, state: ['a'], sequence: 7 };
  const answer = await untilState({ follow }, reasonsDecider, from, has('a'), long);
  expect(answer).toEqual({ state: ['a'], sequence: 7, events: [] });
  expect(following.ever).toBe(0);
});

test('what was appended between the reading and the waiting is not missed', async () => {
  const { store, stream, add } = await house();
  await add('a');
  await add('b');
  await add('c');
  const from = { stream, state: ['a'], sequence: 1 };
  expect(await untilState(store, reasonsDecider, from, has('b'), long)).toMatchObject({
    state: ['a', 'b'],
    sequence: 2,
    events: [{ type: 'ServiceDisabled', data: { reason: 'b' } }],
  });
});

test('what comes later is waited for, whatever happens in other streams, and nobody follows afterwards', async () => {
  const { store, start, add } = await house();
  const { follow, following } = watched(store);
  const waiting = untilState({ follow }, reasonsDecider, start, has('b'), long);
  await store.append(streamNamed('service'), 0, newCommit('b'));
  await add('a');
  expect(following.now).toBe(1);
  await add('b');
  expect(await waiting).toMatchObject({ state: ['a', 'b'], sequence: 3, events: [{}, {}] });
  expect(following.now).toBe(0);
});

test.each([
  ['when the time is up', { timeoutMs: 5 }],
  ['when the signal has come', { ...long, signal: AbortSignal.abort() }],
  ['when the signal comes', { ...long, signal: AbortSignal.timeout(5) }],
])('%s there is no answer, and nobody follows any more', async (_when, options) => {
  const { store, start, add } = await house();
  const { follow, following } = watched(store);
  await add('a');
  expect(await untilState({ follow }, reasonsDecider, start, has('never'), options)).toBeUndefined();
  expect(following.now).toBe(0);
});

test('of a log that is closed for good the waiting is told', async () => {
  const { start } = await house();
  const closed: Pick<EventStore, 'follow'> = {
    follow: () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new StoreUnavailableError('closed')) }),
    }),
  };
  const waiting = untilState(closed, reasonsDecider, start, has('a'), long);
  await expect(waiting).rejects.toThrow(StoreUnavailableError);
});
