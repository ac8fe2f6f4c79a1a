import { factsSubject, jetstream, jetstreamApi as api, keySubject, subjectToken } from '@hearth/contracts';
import { openBroker, type Broker, type BrokerLog } from '@hearth/event-store-nats';
import { eventually } from '@hearth/testing';
import { ErrorCode, headers, NatsError } from 'nats';
import { a, AccountsHouse, b } from './testing/accounts-house';

jest.setTimeout(20_000);

const { facts, livenessBucket } = jetstream;
let house: AccountsHouse;
beforeAll(async () => (house = await AccountsHouse.open()));
afterAll(() => house?.close());

describe('a host in the wrong hands', () => {
  const quiet: BrokerLog = { info: () => undefined, warn: () => undefined };
  const lines: string[] = [];
  let [honest, rogue, reader]: Broker[] = [];
  const open = async (user: string, reads?: 'leader', log = quiet) =>
    openBroker({ natsUrl: [house.server.url], natsNkeySeed: await house.seedOf(user) }, { name: user, reads, log });
  const settled = { state: 'disabled', reason: null, maxSizeGib: 0, maxCount: 0 } as const;
  const stream = { category: 'service', id: `${a}@file` } as const;
  const commit = (id: string, backend: string) => ({
    id,
    recordedAt: '2026-01-02T03:04:05.000Z',
    events: [
      {
        type: 'CacheSettingsReported' as const,
        data: { service: backend, pools: [`${backend}#default`], cache: settled },
      },
    ],
  });

  beforeAll(async () => {
    honest = await open(`volume-manager-${a}`, 'leader');
    rogue = await open(`volume-manager-${b}`, 'leader');
    reader = await open('scheduler', undefined, { ...quiet, warn: (line: string) => void lines.push(line) });
  });
  afterAll(() => Promise.all([honest, rogue, reader].map((broker) => broker!.close())));

  const read = async () => {
    const commits = [];
    for await (const one of reader!.store.read(stream)) commits.push(one);
    return commits;
  };

  test('cannot append to the streams of another', async () => {
    await honest!.store.append(stream, 0, commit('first', stream.id));
    await expect(rogue!.store.append(stream, 1, commit('forged', stream.id))).rejects.toThrow(/Permissions Violation/);
    expect((await read()).map(({ id }) => id)).toEqual(['first']);
  });

  test('cannot say that another host lives, nor take it off the board', async () => {
    await expect(rogue!.liveness.withdraw(a)).rejects.toThrow(/Permissions Violation/);
  });

  test('cannot clear the board by a message that rolls up', async () => {
    const rollup = headers();
    rollup.set('Nats-Rollup', 'all');
    const key = keySubject(livenessBucket, subjectToken(b));
    const sent = rogue!.connection.jetstream().publish(key, '{}', { headers: rollup });
    await expect(sent).rejects.toThrow(/rollup not permitted/);
  });

  test('cannot have what it wrote sent on into another stream as it is', async () => {
    const direct = rogue!.connection.request(api.directGet(facts.stream)[0]!, '{"seq":1}', { timeout: 5_000 });
    const denied = await direct.catch((error: unknown) => error);
    expect(denied instanceof NatsError && denied.code).toBe(ErrorCode.PermissionsViolation);
  });

  test('can have an answer stored in another stream, which says nothing there and stops nobody', async () => {
    const before = (await read()).length;
    const last = await reader!.store.lastSequence();
    rogue!.connection.publish(api.stream('INFO', facts.stream), '', { reply: factsSubject(stream) });
    await eventually(async () => (await reader!.store.lastSequence()) > last);
    const [answer, ...others] = (await read()).slice(before);
    expect([answer?.events, others]).toEqual([[], []]);
    expect(lines.join()).toContain(`(service/${a}@file) is passed over`);
    const appended = await honest!.store.append(stream, answer!.sequence, commit('second', stream.id));
    expect(appended.status).toBe('appended');
    const followed = [];
    const stop = new AbortController();
    for await (const { commits, caughtUp } of reader!.store.follow({ stream, afterSequence: 0, signal: stop.signal })) {
      followed.push(...commits.map(({ events: [event] }) => event?.type));
      if (caughtUp) break;
    }
    expect(followed).toEqual(['CacheSettingsReported', undefined, 'CacheSettingsReported']);
  });

  test('cannot have an old commit of another stored once more: what it expects of its stream is no longer so', async () => {
    const last = await reader!.store.lastSequence();
    const manager = await rogue!.connection.jetstreamManager();
    await manager.consumers.add(facts.stream, { name: 'replay', filter_subject: factsSubject(stream) });
    rogue!.connection.publish(api.consumer('MSG.NEXT', facts.stream, 'replay'), '{"batch":9,"no_wait":true}', {
      reply: factsSubject(stream),
    });
    // The status that ends the request is stored too.
    await eventually(async () => (await reader!.store.lastSequence()) > last);
    const stored = (await read()).filter(({ sequence }) => sequence > last);
    expect(stored.every(({ events: { length } }) => length === 0)).toBe(true);
    expect((await read()).map(({ events: { length } }) => length).filter(Boolean)).toHaveLength(2);
  });
});
