import { internalQuotaSubject } from '@hearth/contracts';
import { connectNats } from '@hearth/event-store-nats';
import type { ProjectId } from '@hearth/kernel';
import { Database, migrate, ProjectionPosition, reserveQuota, setQuotaLimits } from '@hearth/read-model';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats, throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import type { NatsConnection, Subscription } from 'nats';
import { answerInternalQuota } from '../../../apps/api/src/quotas/internal-quota';
import { askInternalQuota } from '../../../apps/volume-manager/src/host/internal-quota';
import { makeAccounts, readSeed } from './make-accounts';
import { parseHost } from './users';

// A host's question about the internal project's quota, and the api's answer, each with the rights that its user has at NATS.

jest.setTimeout(60_000);

const host = 'volume-manager-store-01';
let directory: TemporaryDirectory;
let nats: ThrowAwayNats;
let postgres: ThrowAwayPostgres;
let database: Database;
let api: NatsConnection;
let asking: NatsConnection;
let answering: Subscription | undefined;
let warnings: { message: string; fields: Record<string, unknown> | undefined }[] = [];
const log = {
  warn: (message: string, fields?: Record<string, unknown>) => void warnings.push({ message, fields }),
};

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-quota-');
  const installation = { hosts: [parseHost('store-01=file#default')], subscribers: [], listeners: [] };
  const { serverFile } = await makeAccounts({ directory: directory.path, ...installation });
  [nats, postgres] = await Promise.all([throwAwayNats({ usersFile: serverFile }), throwAwayPostgres()]);
  const url = await postgres.createDatabase('quota');
  await migrate({ url });
  database = new Database({ url });
  [api, asking] = await Promise.all([connectAs('api'), connectAs(host)]);
}, 120_000);
afterAll(async () => {
  await Promise.all([api?.close(), asking?.close()]);
  await database?.close();
  await Promise.all([nats?.stop(), postgres?.stop()]);
  await directory?.remove();
});
beforeEach(() => (warnings = []));
afterEach(async () => {
  answering?.unsubscribe();
  answering = undefined;
  await api.flush();
});

async function connectAs(user: string): Promise<NatsConnection> {
  return connectNats({ servers: [nats.url], name: user, nkeySeed: await readSeed(directory.path, user) });
}

/** One process of a host: what it has heard before is forgotten with it. */
const newHost = (timeoutMs = 10_000) => askInternalQuota({ connection: asking, timeoutMs, log, clock: Date });
const questionOf = (projectId: string, sizeGib = 3) => ({ projectId: projectId as ProjectId, sizeGib });

async function answerWith(subscription: Subscription): Promise<void> {
  answering = subscription;
  await api.flush();
}
/** An api that says what a test wants, to each question. */
const answerAs = (say: (respond: (text: string) => void) => void) =>
  answerWith(
    api.subscribe(internalQuotaSubject, {
      queue: 'api',
      callback: (_, message) => say((text) => message.respond(text)),
    }),
  );
const over = { verdict: 'over', resource: 'gigabytes', limit: 2, inUse: 0 } as const;

test('an api answers from the limits that were set for the project, and from no default', async () => {
  await answerWith(answerInternalQuota(api, database, new ProjectionPosition(), log));
  await setQuotaLimits(database, 'limited', { gigabytes: 2 });
  const ask = newHost();
  expect(await ask(questionOf('limited'))).toEqual(over);
  expect(await ask(questionOf('limited', 2))).toEqual({ verdict: 'within' });
  expect(await ask(questionOf('unlimited', 1_000_000))).toEqual({ verdict: 'within' });
  expect(warnings).toEqual([]);
});

test('where there is a limit, the answer counts what the host has begun', async () => {
  const waited: number[] = [];
  const waitFor = async (sequence: number) => {
    waited.push(sequence);
    await reserveQuota(database, { key: 'begun before', projectId: 'begun', volumes: 1 });
    return true;
  };
  await answerWith(answerInternalQuota(api, database, { waitFor }, log));
  await setQuotaLimits(database, 'begun', { volumes: 1 });
  const ask = newHost();
  expect(await ask({ ...questionOf('begun'), since: 5 })).toMatchObject({ verdict: 'over', inUse: 1 });
  expect(await ask({ ...questionOf('free'), since: 9 })).toEqual({ verdict: 'within' });
  expect(waited).toEqual([5]);
});

test('of several apis one answers', async () => {
  const second = await connectAs('api');
  let answers = 0;
  const count = (respond: (text: string) => void) => ((answers += 1), respond('{"verdict":"within"}'));
  await answerAs(count);
  second.subscribe(internalQuotaSubject, {
    queue: 'api',
    callback: (_, message) => count((text) => void message.respond(text)),
  });
  await second.flush();
  const ask = newHost();
  for (let question = 1; question <= 10; question += 1) await ask(questionOf('any'));
  await second.close();
  expect(answers).toBe(10);
});

test('where no api is there, the host is told so at once, and goes on without a quota', async () => {
  expect(await newHost(2 ** 30)(questionOf('limited'))).toEqual({ verdict: 'within' });
  expect(warnings).toMatchObject([{ fields: { projectId: 'limited', taken: 'within' } }]);
});

test.each<[string, (respond: (text: string) => void) => void]>([
  ['nonsense', (respond) => respond('<html>')],
  ['something else', (respond) => respond('{"verdict":"perhaps"}')],
  ['nothing', () => undefined],
])('an api that answers %s is none: the last answer counts', async (_, say) => {
  const ask = newHost(500);
  await answerAs((respond) => respond(JSON.stringify(over)));
  expect(await ask(questionOf('limited'))).toEqual(over);
  answering?.unsubscribe();
  await answerAs(say);
  expect(await ask(questionOf('limited'))).toEqual(over);
  expect(warnings).toMatchObject([{ fields: { taken: 'over' } }]);
});

test('an answer that comes too late is nobody’s, and spoils no later one', async () => {
  const late: (() => void)[] = [];
  await answerAs((respond) => void late.push(() => respond(JSON.stringify(over))));
  const ask = newHost(200);
  expect(await ask(questionOf('slow'))).toEqual({ verdict: 'within' });
  late.forEach((send) => send());
  await api.flush();
  answering?.unsubscribe();
  await answerAs((respond) => respond('{"verdict":"within"}'));
  expect(await ask(questionOf('slow'))).toEqual({ verdict: 'within' });
  expect(warnings).toHaveLength(1);
});

test('a question that no api understands is logged there, and is not answered', async () => {
  await answerWith(answerInternalQuota(api, database, new ProjectionPosition(), log));
  await expect(asking.request(internalQuotaSubject, '{"projectId":1}', { timeout: 500 })).rejects.toThrow('TIMEOUT');
  expect(warnings).toMatchObject([{ message: "a question about the internal project's quota is not answered" }]);
});

test('while PostgreSQL is away the host does not wait for it', async () => {
  await answerWith(answerInternalQuota(api, database, new ProjectionPosition(), log));
  await setQuotaLimits(database, 'kept', { gigabytes: 2 });
  const ask = newHost(1_000);
  expect(await ask(questionOf('kept'))).toEqual(over);
  await postgres.pause();
  expect(await ask(questionOf('kept'))).toEqual(over);
  await postgres.restart();
});

test('nobody but an api may answer', async () => {
  const denied: unknown[] = [];
  void (async () => {
    for await (const { data } of asking.status()) denied.push(data);
  })();
  asking.subscribe(internalQuotaSubject, { callback: () => undefined });
  await asking.flush();
  await asking.flush();
  expect(denied).toContain('PERMISSIONS_VIOLATION');
});
