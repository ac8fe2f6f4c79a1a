import {
  categorySubject,
  durables,
  eventSubject,
  factsSubject,
  internalQuotaSubject,
  jetstream,
  jetstreamApi as api,
  keySubject,
  liveEventSubject,
  logQuestionSubject,
  logSuspectSubject,
  manageableSubject,
  nudgesOfHost,
  nudgeSubject,
  objectSubjects,
  passSubject,
  reconcileSubject,
  schedulerHost,
  serviceKey,
  streamOfBucket,
  subjectToken,
} from '@hearth/contracts';
import { ErrorCode, type NatsConnection } from 'nats';
import { a, AccountsHouse, b } from './testing/accounts-house';

jest.setTimeout(20_000);

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

let house: AccountsHouse;
const connections = new Map<string, NatsConnection>();
const denials = new Map<string, number>();

beforeAll(async () => {
  house = await AccountsHouse.open();
  for (const user of users) {
    const connection = await house.connectAs(user);
    connections.set(user, connection);
    void countDenials(user, connection);
  }
});
afterAll(async () => {
  for (const connection of connections.values()) await connection.close();
  await house?.close();
});

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
    Buffer.from(await house.seedOf('api')),
  );
  const inbox = `_INBOX_${key.getPublicKey()}.>`;
  expect(await mayHear('api', inbox)).toBe(true);
  for (const user of users.filter((name) => name !== 'api')) expect(await mayHear(user, inbox)).toBe(false);
});
