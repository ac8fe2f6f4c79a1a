import type { Commit } from '@hearth/event-sourcing';
import type { Notice } from '../notices/notice';
import { OvertakenError, type StreamEnd } from './event-stream';
import { decodeHeader, encodeHeader, type EventMessage, messageOf, outwardEvents } from './outward-event';
import { PublishLine } from './publish-line';
import { keptFingerprint, LogMismatchError, Resume } from './resume';

const notice = (type: Notice['type']): Notice => ({ type, subject: 'v-1', data: { volume_id: 'v-1' } });
const commit = (sequence: number, id = `c${sequence}`): Commit => ({
  id,
  recordedAt: '2026-01-02T03:04:05.678Z',
  storedAt: '2026-01-02T03:04:05.700Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  stream: { category: 'volume', id: 'v-1' },
  sequence,
  events: [],
});
const eventsOf = (sequence: number, count: number) =>
  outwardEvents(commit(sequence), [Array.from({ length: count }, () => notice('volume.create.end'))]);

test('ids are stable: the commit, the event in it, and the notice of the event from the second on', () => {
  const events = outwardEvents(commit(9), [
    [notice('volume.create.start')],
    [],
    [notice('image_volume_cache.evict'), notice('volume.delete.start')],
  ]);
  expect(events.map(({ id }) => id)).toEqual(['c9/0', 'c9/2', 'c9/2/1']);
  expect(events.map(({ place }) => place.noticeIndex)).toEqual([0, 1, 2]);
});

test('a message is a CloudEvent in binary mode, with its place and its trace', () => {
  const [event] = eventsOf(9, 1);
  const { traceparent } = commit(9);
  const { subject, headers, body } = messageOf(event!, { source: 'region one', traceparent });
  expect(subject).toBe('hearth.events.volume.create.end');
  expect(JSON.parse(body)).toEqual({ volume_id: 'v-1' });
  expect(Object.fromEntries(headers)).toEqual({
    'ce-specversion': '1.0',
    'ce-id': 'c9/0',
    'ce-source': 'region%20one',
    'ce-type': 'volume.create.end',
    'ce-time': '2026-01-02T03:04:05.678Z',
    'ce-subject': 'v-1',
    'content-type': 'application/json',
    traceparent,
    'Hearth-Fact': '9',
    'Hearth-Notice': '0',
    'Hearth-Commit': 'c9',
  });
});

test('any text survives a header', () => {
  for (const text of ['plain/1', 'a b', '100 %', 'say "so"', 'Zürich ☂ 🜂', 'line\r\nbreak']) {
    expect(encodeHeader(text)).toMatch(/^[!-~]*$/);
    expect(decodeHeader(encodeHeader(text))).toBe(text);
  }
});

describe('where to go on', () => {
  const end = (patch: Partial<StreamEnd> = {}): StreamEnd => ({
    lastSequence: 0,
    createdAt: 't',
    last: undefined,
    ...patch,
  });
  const kept = (sequence: number, eventsSequence: number, streamCreatedAt = 't') => ({
    fingerprint: keptFingerprint,
    sequence,
    state: { eventsSequence, streamCreatedAt, pools: [] },
  });
  const last = { factSequence: 5, noticeIndex: 0, commitId: 'c5' };

  test('a new stream is told everything', () => {
    const resume = new Resume(end(), undefined, 10);
    expect(resume.afterSequence).toBe(0);
    expect(resume.isTold(commit(1))).toBe(false);
    expect(resume.untold(commit(1), eventsOf(1, 2))).toHaveLength(2);
  });

  test('the last message names the fact and the notice; the rest of that fact is told, and all after it', () => {
    const resume = new Resume(end({ lastSequence: 8, last }), kept(3, 6), 10);
    expect(resume.afterSequence).toBe(3);
    expect(resume.isTold(commit(4))).toBe(true);
    expect(resume.isTold(commit(5))).toBe(false);
    expect(resume.untold(commit(5), eventsOf(5, 3)).map(({ id }) => id)).toEqual(['c5/0/1', 'c5/0/2']);
    expect(resume.untold(commit(6), eventsOf(6, 1))).toHaveLength(1);
  });

  test('an empty stream with a history is counted on from what was kept', () => {
    const resume = new Resume(end({ lastSequence: 9 }), kept(3, 6), 10);
    expect(resume.untold(commit(4), eventsOf(4, 2))).toHaveLength(0);
    expect(resume.untold(commit(5), eventsOf(5, 3)).map(({ id }) => id)).toEqual(['c5/0/1', 'c5/0/2']);
  });

  test('what was kept of another stream, or of a longer log, counts for nothing', () => {
    for (const snapshot of [kept(3, 6, 'earlier'), kept(11, 6), kept(3, 60), { ...kept(3, 6), fingerprint: 'other' }]) {
      expect(new Resume(end({ lastSequence: 8, last }), snapshot, 10).afterSequence).toBe(0);
    }
  });

  test('a log that holds another commit at the place, or ends before it, is refused', () => {
    const other = new Resume(end({ lastSequence: 8, last }), undefined, 10);
    expect(() => other.untold(commit(5, 'another'), eventsOf(5, 1))).toThrow(LogMismatchError);
    const short = new Resume(end({ lastSequence: 8, last }), undefined, 4);
    short.isTold(commit(4));
    expect(() => short.reachedEnd()).toThrow('commit c5 at position 5');
    short.isTold(commit(5));
    expect(() => short.reachedEnd()).not.toThrow();
  });
});

describe('the line of messages', () => {
  const message: EventMessage = { subject: 's', headers: [], body: '{}' };

  test('each message expects the position of the one before it, and no more than so many are under way', async () => {
    const expected: number[] = [];
    let underWay = 0;
    let most = 0;
    const line = new PublishLine(
      async (_message, position) => {
        expected.push(position);
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
      },
      40,
      3,
    );
    for (let count = 0; count < 10; count += 1) await line.push(message);
    await line.flush();
    expect(expected).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
    expect([most, line.sequence]).toEqual([3, 50]);
  });

  test('what is handed over at once goes out in order', async () => {
    const sent: string[] = [];
    const line = new PublishLine(
      async ({ body }) => {
        sent.push(body);
        await new Promise((resolve) => setImmediate(resolve));
      },
      0,
      3,
    );
    const bodies = Array.from({ length: 10 }, (_, index) => String(index));
    await Promise.all(bodies.map((body) => line.push({ ...message, body })));
    await line.flush();
    expect(sent).toEqual(bodies);
  });

  test('thousands that wait for a place are passed one place at a time, each to the first', async () => {
    const sent: number[] = [];
    const line = new PublishLine(async (_message, position) => {
      sent.push(position);
      await new Promise((resolve) => setImmediate(resolve));
    }, 0);
    await Promise.all(Array.from({ length: 20_000 }, () => line.push(message)));
    await line.flush();
    expect(sent).toEqual(Array.from({ length: 20_000 }, (_, position) => position));
  });

  test('of those that wait, none is sent after a refusal', async () => {
    let sent = 0;
    const line = new PublishLine(
      async () => {
        sent += 1;
        await new Promise((resolve) => setImmediate(resolve));
        throw new OvertakenError('somebody was quicker');
      },
      0,
      2,
    );
    const pushed = await Promise.allSettled(Array.from({ length: 5 }, () => line.push(message)));
    expect(pushed.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
    ]);
    await line.settled();
    expect(sent).toBe(2);
  });

  test('what was refused is told to whoever pushes next, and to whoever waits', async () => {
    const line = new PublishLine(() => Promise.reject(new OvertakenError('somebody was quicker')), 0);
    await line.push(message);
    await expect(line.flush()).rejects.toThrow(OvertakenError);
    await expect(line.push(message)).rejects.toThrow('somebody was quicker');
    await line.settled();
  });
});
