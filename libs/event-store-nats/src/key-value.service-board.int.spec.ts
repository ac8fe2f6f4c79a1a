import type { NatsConnection } from 'nats';
import { KeyValueLivenessBoard } from './key-value.liveness-board';
import { KeyValueServiceBoard } from './key-value.service-board';
import { throwAwayStreams } from './testing/throw-away-streams';

let streams: Awaited<ReturnType<typeof throwAwayStreams>>;
let connection: NatsConnection;
beforeAll(async () => {
  streams = await throwAwayStreams();
  ({ connection } = streams);
});
afterAll(() => streams?.close());

describe('the service board', () => {
  const scheduler = (host: string) => ({
    ...({ binary: 'cinder-scheduler', host, incarnation: 'a', version: '1.0.0' } as const),
    reportedAt: '2026-01-02T03:04:05.678Z',
  });

  test('apps say that they live, beside the hosts and unseen by those who look for hosts, until they say that they go', async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const board = await KeyValueServiceBoard.open(connection, { log });
    const hosts = await KeyValueLivenessBoard.open(connection, { log });
    await board.report(scheduler('control-1.example'));
    await board.report(scheduler('control-2'));
    await hosts.report({
      ...{ host: 'node-1', incarnation: 'first', version: '1', pools: [], down: [] },
      reportedAt: '2026-01-02T03:04:05.678Z',
    });
    expect((await board.services()).map(({ host }) => host).sort()).toEqual(['control-1.example', 'control-2']);
    expect([...(await hosts.hosts()).keys()]).toContain('node-1');
    expect((await hosts.hosts()).has('control-2')).toBe(false);
    await board.withdraw({ binary: 'cinder-scheduler', host: 'control-2' });
    expect((await board.services()).map(({ host }) => host)).toEqual(['control-1.example']);
    await board.withdraw({ binary: 'cinder-scheduler', host: 'control-1.example' });
    expect(await board.services()).toEqual([]);
    expect(lines).toEqual([]);
  });
});
