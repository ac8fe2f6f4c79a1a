import {
  categorySubject,
  durables,
  eventSubject,
  factsSubject,
  jetstream,
  jetstreamApi as api,
} from '@hearth/contracts';
import {
  keySubject,
  liveEventSubject,
  logQuestionSubject,
  logSuspectSubject,
  nudgesOfHost,
  nudgeSubject,
  objectSubjects,
  internalQuotaSubject,
  manageableSubject,
  passSubject,
  reconcileSubject,
  serviceKey,
} from '@hearth/contracts';
import { schedulerHost, streamOfBucket, subjectToken } from '@hearth/contracts';
import {
  connectNats,
  ensureStreams,
  NatsAccessError,
  openBroker,
  type Broker,
  type BrokerLog,
} from '@hearth/event-store-nats';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { ErrorCode, headers, NatsError, type NatsConnection } from 'nats';
import { makeAccounts, readSeed } from './make-accounts';
import { newUserKey } from './nkey';
import { makeStreams } from './operator';
import { parseHost } from './users';

jest.setTimeout(20_000);

const hosts = [parseHost('store-01=file#default'), parseHost('store.two=file#default,fast#ssd')];
const [a, b] = ['store-01', 'store.two'] as const;
const users = [
  ...['api', 'scheduler', 'cache-janitor', 'notifier', 'operator'],
  ...[`volume-manager-${a}`, `volume-manager-${b}`, 'subscriber-billing', 'listener-console'],
] as const;
const volume = '11111111-1111-4111-8111-111111111111';
const poolOf = (host: string, pool = 'file#default') => `${host}@${pool}`;
const cache = (pool: string) => factsSubject({ category: 'image-cache', id: pool });
const service = (backend: string) => factsSubject({ category: 'service', id: backend });
const { facts, nudges, events, livenessBucket, progressBucket, snapshotsBucket } = jetstream;
const [liveness, snapshots] = [streamOfBucket.keyValue(livenessBucket), streamOfBucket.objects(snapshotsBucket)];

let directory: TemporaryDirectory;
let server: ThrowAwayNats;
const connections = new Map<string, NatsConnection>();
const denials = new Map<string, number>();

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-accounts-');
  const installation = { hosts, subscribers: ['billing'], listeners: ['console'] };
  const { serverFile } = await makeAccounts({ directory: directory.path, ...installation });
  server = await throwAwayNats({ usersFile: serverFile });
  for (const user of users) {
    const connection = await connectAs(user);
    connections.set(user, connection);
    void countDenials(user, connection);
  }
  await ensureStreams(connections.get('operator')!);
});
afterAll(async () => {
  for (const connection of connections.values()) await connection.close();
  await server.stop();
  await directory.remove();
});

const seedOf = (user: string) => readSeed(directory.path, user);
async function connectAs(user: string): Promise<NatsConnection> {
  return connectNats({ servers: [server.url], name: user, nkeySeed: await seedOf(user) });
}

async function maySend(user: string, subject: string): Promise<boolean> {
  return isLetThrough(user, (connection) => connection.publish(subject, 'x'));
}

async function mayHear(user: string, subject: string): Promise<boolean> {
  return isLetThrough(user, (connection) => connection.subscribe(subject, { max: 1 }));
}

/** Of one connection a user: the server tells of a denial before it answers the ping behind it. */
async function isLetThrough(user: string, act: (connection: NatsConnection) => unknown): Promise<boolean> {
  const connection = connections.get(user)!;
  const before = denials.get(user) ?? 0;
  act(connection);
  await connection.flush();
  await connection.flush();
  return (denials.get(user) ?? 0) === before;
}

async function countDenials(user: string, connection: NatsConnection): Promise<void> {
  for await (const { data } of connection.status())
    if (data === ErrorCode.PermissionsViolation) denials.set(user, (denials.get(user) ?? 0) + 1);
}

/** Everything that somebody sends in the table, and who may. Whoever is not named is denied. */
const sends: readonly (readonly [subject: string, who: readonly string[]])[] = [
  [categorySubject('volume').replace('>', volume), ['api', 'scheduler', `volume-manager-${a}`, `volume-manager-${b}`]],
  [cache(poolOf(a)), ['api', 'cache-janitor', 'operator', `volume-manager-${a}`]],
  [cache(poolOf(b, 'fast#ssd')), ['api', 'cache-janitor', 'operator', `volume-manager-${b}`]],
  [cache('store-03@file#default'), ['api', 'cache-janitor', 'operator']],
  [service(`${b}@file`), ['api', `volume-manager-${b}`]],
  [service(`${b}@fast`), ['api', `volume-manager-${b}`]],
  [categorySubject('cache-policy').replace('>', volume), ['api', 'cache-janitor']],
  ['hearth.facts.unknown.x', []],
  [nudgeSubject(a, { kind: 'volume', id: volume }), ['scheduler', 'cache-janitor']],
  [nudgeSubject(schedulerHost, { kind: 'volume', id: volume }), ['scheduler', 'cache-janitor']],
  [eventSubject('volume.create.end'), ['notifier']],
  [liveEventSubject('image_volume_cache.fill.progress'), ['notifier']],
  [keySubject(livenessBucket, subjectToken(a)), [`volume-manager-${a}`]],
  [keySubject(livenessBucket, subjectToken(b)), [`volume-manager-${b}`]],
  [keySubject(livenessBucket, serviceKey({ binary: 'cinder-scheduler', host: a })), ['scheduler']],
  [keySubject(livenessBucket, serviceKey({ binary: 'hearth-cache-janitor', host: a })), ['cache-janitor']],
  [keySubject(livenessBucket, serviceKey({ binary: 'hearth-notifier', host: a })), ['notifier']],
  [keySubject(progressBucket, `fill.${subjectToken(poolOf(a))}.7`), [`volume-manager-${a}`]],
  [keySubject(progressBucket, `download.${volume}`), [`volume-manager-${a}`, `volume-manager-${b}`]],
  [keySubject(progressBucket, 'told.start'), ['notifier']],
  [objectSubjects.description(snapshotsBucket, `state/image-cache/${poolOf(a)}`), [`volume-manager-${a}`]],
  [objectSubjects.description(snapshotsBucket, 'view/image-cache/scheduler'), ['scheduler']],
  [objectSubjects.description(snapshotsBucket, 'view/volume/cache-janitor'), ['cache-janitor']],
  [objectSubjects.description(snapshotsBucket, 'notifier/position'), ['notifier']],
  [passSubject('scrub'), ['api', 'operator']],
  [manageableSubject(a), ['api']],
  [reconcileSubject(a), ['api', 'cache-janitor']],
  [internalQuotaSubject, [`volume-manager-${a}`, `volume-manager-${b}`]],
  [logQuestionSubject, ['scheduler', 'cache-janitor', 'notifier', `volume-manager-${a}`, `volume-manager-${b}`]],
  [logSuspectSubject, ['api']],
  [api.stream('CREATE', 'OTHER'), ['operator']],
  [api.stream('UPDATE', facts.stream), ['operator']],
  [api.stream('PURGE', facts.stream), []],
  [`$JS.API.STREAM.DELETE.${facts.stream}`, []],
  [`$JS.API.STREAM.MSG.DELETE.${facts.stream}`, []],
  [`$JS.API.STREAM.RESTORE.${facts.stream}`, []],
  [api.stream('PURGE', nudges.stream), []],
  [api.stream('PURGE', events.stream), []],
  [api.stream('PURGE', liveness), []],
  [api.directGet(facts.stream)[0]!, ['api', 'scheduler', 'cache-janitor', 'notifier', 'operator']],
  [api.directGet(snapshots)[0]!, []],
  [api.createUnnamedConsumer(facts.stream), ['operator']],
  [api.createUnnamedConsumer(nudges.stream), ['operator']],
  [api.createConsumer(nudges.stream, 'x', 'hearth.nudge.>'), ['operator']],
  [
    api.createConsumer(nudges.stream, durables.volumeManagerNudges(a), nudgesOfHost(a)),
    ['operator', `volume-manager-${a}`],
  ],
  [api.createConsumer(nudges.stream, durables.volumeManagerNudges(a), nudgesOfHost(b)), ['operator']],
  [api.createConsumer(nudges.stream, durables.volumeManagerNudges(a)), ['operator']],
  [api.consumer('MSG.NEXT', nudges.stream, durables.volumeManagerNudges(a)), ['operator', `volume-manager-${a}`]],
  [api.consumer('DELETE', nudges.stream, durables.volumeManagerNudges(a)), ['operator']],
  [
    api.acknowledge(nudges.stream, durables.volumeManagerNudges(b)).replace('>', '1.1.1.1.0'),
    ['operator', `volume-manager-${b}`],
  ],
  [api.consumer('MSG.NEXT', facts.stream, durables.schedulerFacts), ['scheduler', 'operator']],
  [api.createConsumer(facts.stream, durables.schedulerFacts, 'hearth.facts.volume.>'), ['scheduler', 'operator']],
  [api.consumer('DELETE', facts.stream, durables.schedulerFacts), ['scheduler', 'operator']],
  [api.consumer('MSG.NEXT', facts.stream, durables.janitorSettings), ['cache-janitor', 'operator']],
  [api.createConsumer(events.stream, 'billing', 'hearth.events.>'), ['subscriber-billing', 'operator']],
  [api.createConsumer(events.stream, 'audit', 'hearth.events.>'), ['operator']],
  [api.createConsumer(facts.stream, 'billing'), users.filter((user) => !/^(subscriber|listener)/.test(user))],
  [api.account, users.filter((user) => user !== 'listener-console')],
];

describe.each(sends)('what may be sent: %s', (subject, who) => {
  test('by those who are named, and by nobody else', async () => {
    const allowed = [];
    for (const user of users) if (await maySend(user, subject)) allowed.push(user);
    expect(allowed.sort()).toEqual([...who].sort());
  });
});

const hears: readonly (readonly [subject: string, who: readonly string[]])[] = [
  [eventSubject('>'), ['operator', 'subscriber-billing', 'listener-console']],
  [liveEventSubject('>'), ['operator', 'subscriber-billing', 'listener-console']],
  [passSubject('*'), ['cache-janitor']],
  [manageableSubject(a), [`volume-manager-${a}`]],
  [reconcileSubject(a), [`volume-manager-${a}`]],
  [internalQuotaSubject, ['api']],
  [logQuestionSubject, ['api']],
  [logSuspectSubject, ['scheduler', 'cache-janitor', 'notifier', `volume-manager-${a}`, `volume-manager-${b}`]],
  [facts.subjects, []],
  [nudgesOfHost(a), []],
  ['_INBOX.>', []],
  ['$JS.>', []],
  ['>', []],
];

test.each(hears)('what may be listened to: %s', async (subject, who) => {
  const allowed = [];
  for (const user of users) if (await mayHear(user, subject)) allowed.push(user);
  expect(allowed.sort()).toEqual([...who].sort());
});

test('nobody reads the answers of another user', async () => {
  const { nkeys } = await import('nats');
  const key = (nkeys as { fromSeed(seed: Uint8Array): { getPublicKey(): string } }).fromSeed(
    Buffer.from(await seedOf('api')),
  );
  const inbox = `_INBOX_${key.getPublicKey()}.>`;
  expect(await mayHear('api', inbox)).toBe(true);
  for (const user of users.filter((name) => name !== 'api')) expect(await mayHear(user, inbox)).toBe(false);
});

describe('who is not known', () => {
  const connect = (nkeySeed?: string) => connectNats({ servers: [server.url], name: 'stranger', nkeySeed });

  test('is told so, without a seed and with that of another installation', async () => {
    const { seed, publicKey } = newUserKey();
    await expect(connect()).rejects.toThrow(/does not accept anybody without credentials/);
    await expect(connect(seed)).rejects.toThrow(`does not accept ${publicKey}`);
    await expect(connect(seed)).rejects.not.toThrow(seed);
  });

  test('is not kept waiting as if the server were away', async () => {
    const quiet = { info: () => undefined, warn: () => undefined };
    const config = { natsUrl: [server.url], natsNkeySeed: newUserKey().seed };
    await expect(openBroker(config, { name: 'stranger', log: quiet })).rejects.toThrow(NatsAccessError);
  });

  test('is told what a seed looks like, and not what was given', async () => {
    const failure = await connect('SUNDAY').catch((error: Error) => error.message);
    expect(failure).toMatch(/begins with SU and has 58 characters/);
    expect(failure).not.toContain('SUNDAY');
  });
});

test('a user who may not make the streams waits until somebody has', async () => {
  const fresh = await temporaryDirectory('hearth-accounts-');
  const { serverFile } = await makeAccounts({ directory: fresh.path, hosts, subscribers: [], listeners: [] });
  const empty = await throwAwayNats({ usersFile: serverFile });
  const lines: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => void lines.push(line) };
  const config = { natsUrl: [empty.url], natsNkeySeed: await readSeed(fresh.path, 'api') };
  const opening = openBroker(config, { name: 'api', log });
  await eventually(() => lines.some((line) => /HEARTH_FACTS does not exist.*waiting/.test(line)));
  await makeStreams({ natsUrl: empty.url, natsAccounts: fresh.path });
  await (await opening).close();
  await empty.stop();
  await fresh.remove();
});

describe('a host in the wrong hands', () => {
  const quiet: BrokerLog = { info: () => undefined, warn: () => undefined };
  const lines: string[] = [];
  let [honest, rogue, reader]: Broker[] = [];
  const open = async (user: string, reads?: 'leader', log = quiet) =>
    openBroker({ natsUrl: [server.url], natsNkeySeed: await seedOf(user) }, { name: user, reads, log });
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
