import { jetstream, schedulerHost, targetOfNudge } from '@hearth/contracts';
import type { NatsConnection } from 'nats';
import { JetStreamNudgeQueue } from './jetstream.nudge-queue';
import { throwAwayStreams } from './testing/throw-away-streams';

let streams: Awaited<ReturnType<typeof throwAwayStreams>>;
let connection: NatsConnection;
beforeAll(async () => {
  streams = await throwAwayStreams();
  ({ connection } = streams);
});
afterAll(() => streams?.close());

describe('the nudge queue', () => {
  test('a nudge is stored once however often it is sent, and carries its trace', async () => {
    const queue = new JetStreamNudgeQueue(connection);
    const manager = await connection.jetstreamManager();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const target = { kind: 'pool', id: 'node.1@file#p' } as const;
    for (let count = 0; count < 3; count += 1) await queue.send('node.1', target, { dedupeId: 'fact-1', traceparent });
    await queue.send(schedulerHost, target, { dedupeId: 'fact-2' });
    const { state } = await manager.streams.info(jetstream.nudges.stream);
    expect(state.messages).toBe(2);
    const first = await manager.streams.getMessage(jetstream.nudges.stream, { seq: state.first_seq });
    expect(targetOfNudge(first.subject)).toEqual(target);
    expect(first.header.get('traceparent')).toBe(traceparent);
    const second = await manager.streams.getMessage(jetstream.nudges.stream, { seq: state.last_seq });
    expect(second.header.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});
