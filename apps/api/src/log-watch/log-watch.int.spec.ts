import { jetstream } from '@hearth/contracts';
import { type Commit, LogSuspectError, LogUnverifiedError } from '@hearth/event-sourcing';
import { ensureStreams } from '@hearth/event-store-nats';
import { acceptLog, findLogRecords, findVolume } from '@hearth/read-model';
import { JetStreamEventStore, JetStreamLogTail } from '@hearth/event-store-nats';
import { eventually } from '@hearth/testing';
import { readdir, truncate, stat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LogHouse, requestVolume, type Resident, type ResidentApi } from '../testing/log-house';

jest.setTimeout(90_000);

let house: LogHouse;
let api: ResidentApi;
let worker: Resident;

beforeEach(async () => {
  house = await LogHouse.open();
  api = await house.api();
  worker = await house.worker();
});
afterEach(() => house.close());

/** Requests volumes until the tables hold them. */
async function volumes(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { id, sequence } = await requestVolume(worker);
    ids.push(id);
    expect(await api.position.waitFor(sequence, 10_000)).toBe(true);
  }
  return ids;
}

const becomes = (status: string, ...residents: readonly Resident[]) =>
  eventually(() => residents.every(({ gate }) => gate.state.status === status), {
    ...{ timeoutMs: 30_000, what: `a gate that is ${status}` },
  });

/** Nobody gets anything into the log, and everybody says why. */
async function nothingPasses(reason: RegExp): Promise<void> {
  await becomes('suspect', api, worker);
  const end = await api.broker.store.lastSequence();
  for (const resident of [api, worker]) {
    await expect(requestVolume(resident)).rejects.toThrow(LogSuspectError);
    expect(() => resident.gate.check()).toThrow(reason);
  }
  expect(await api.broker.store.lastSequence()).toBe(end);
  expect(worker.complaints.filter((line) => reason.test(line))).not.toEqual([]);
  const { open } = await findLogRecords(house.database);
  expect(open).toMatchObject([{ foundBy: 'api@test', reason: expect.stringMatching(reason), outcome: null }]);
}

/** The folder of the log's blocks in NATS's store. */
async function blocks(): Promise<string> {
  const folders = await readdir(house.nats.storeDirectory, { recursive: true });
  const found = folders.find((path) => path.endsWith(join(jetstream.facts.stream, 'msgs')));
  return join(house.nats.storeDirectory, found ?? 'no log');
}

async function lastBlock(): Promise<string> {
  const folder = await blocks();
  const files = (await readdir(folder)).filter((name) => name.endsWith('.blk'));
  return join(folder, files.sort((one, other) => Number.parseInt(one) - Number.parseInt(other)).at(-1)!);
}

describe('P11: a store of NATS that goes back to an older one under a running system', () => {
  test('is noticed by everyone and nothing is served over, until the log is whole again', async () => {
    await volumes(2);
    const older = await house.copyStore();
    await becomes('open', api, worker);
    const [lost = ''] = await volumes(3);
    const whole = await house.copyStore();
    await older.putBack();
    await nothingPasses(/was seen at position 5, and the log ends at 2/);
    expect(await findVolume(house.database, lost)).toMatchObject({ status: 'creating' });
    await whole.putBack();
    await becomes('open', api, worker);
    expect((await findLogRecords(house.database)).open).toEqual([]);
    expect(await requestVolume(worker)).toMatchObject({ sequence: 6 });
    expect([api.endings, worker.endings]).toEqual([[], []]);
    await Promise.all([older.forget(), whole.forget()]);
  });

  test('is noticed also when somebody without a gate has written on over the loss', async () => {
    await volumes(2);
    const older = await house.copyStore();
    await becomes('open', api, worker);
    await volumes(1);
    await Promise.all([api.close(), worker.close()]);
    await older.putBack();
    const reckless = await house.reckless();
    for (const _at of [3, 4]) await requestVolume({ broker: reckless });
    await reckless.close();
    api = await house.api();
    await becomes('suspect', api);
    expect(() => api.gate.check()).toThrow(/was seen at position 3, and commit .* is there now/);
    await older.forget();
  });

  test('is noticed by what an app has stored, though the tables never saw it', async () => {
    await volumes(2);
    const older = await house.copyStore();
    await becomes('open', api, worker);
    await api.stopProjecting();
    const { sequence } = await requestVolume(worker);
    expect(sequence).toBe(3);
    await older.putBack();
    await nothingPasses(/was seen at position 3, and the log ends at 2/);
    await older.forget();
  });

  test('is accepted by whoever may: the tables go back with it, and everybody starts anew', async () => {
    const [kept = ''] = await volumes(2);
    const older = await house.copyStore();
    await becomes('open', api, worker);
    const [lost = ''] = await volumes(1);
    await older.putBack();
    await becomes('suspect', api, worker);
    const { connection } = api.broker;
    const access = {
      store: await JetStreamEventStore.open(connection),
      tail: await JetStreamLogTail.open(connection),
      database: { url: house.databaseUrl },
    };
    const shown = await acceptLog(access);
    expect(shown).toMatchObject({ seenTo: 3, logEnd: 2, accepted: false, loss: { cause: 'shorter', sequence: 3 } });
    expect(shown.lost).toEqual({
      unknown: [expect.objectContaining({ kind: 'volume', id: lost, status: 'creating' })],
      older: [],
    });
    expect(await findVolume(house.database, lost)).toBeDefined();
    const accepted = await acceptLog({ ...access, decision: { by: 'root@ops', note: 'power loss' } });
    expect(accepted).toMatchObject({ accepted: true, lost: shown.lost });
    expect(await findVolume(house.database, lost)).toBeUndefined();
    expect(await findVolume(house.database, kept)).toBeDefined();
    await eventually(() => api.endings.length > 0, { timeoutMs: 20_000 });
    await api.close();
    api = await house.api();
    await eventually(() => worker.endings.length > 0, { timeoutMs: 20_000 });
    await expect(requestVolume(worker)).rejects.toThrow(LogUnverifiedError);
    await worker.close();
    worker = await house.worker();
    const [after = ''] = await volumes(1);
    expect(await findVolume(house.database, after)).toBeDefined();
    const row = await house.database.query({
      name: '',
      text: 'select outcome, closed_by, note, lost from log_incidents',
    });
    expect(row).toEqual([
      { outcome: 'accepted', closed_by: 'root@ops', note: 'power loss', lost: { unknown: 1, older: 0 } },
    ]);
    await older.forget();
  });
});

describe('P11: a log that lost its end in a crash', () => {
  test('by a block that was cut short', async () => {
    await volumes(6);
    await house.nats.kill();
    const block = await lastBlock();
    const { size } = await stat(block);
    await truncate(block, Math.floor(size / 2));
    await rm(join(await blocks(), 'index.db'), { force: true });
    await house.nats.restart();
    await nothingPasses(/was seen at position 6, and/);
  });

  test('by a block that is gone', async () => {
    await volumes(3);
    await house.nats.kill();
    await rm(await lastBlock());
    await house.nats.restart();
    await nothingPasses(/was seen at position 3, and/);
  });
});

describe('P11: a log that somebody meddles with while everything runs', () => {
  test('by purging it is noticed without any restart', async () => {
    await volumes(2);
    await api.watch.look();
    const manager = await api.broker.connection.jetstreamManager();
    await manager.streams.purge(jetstream.facts.stream);
    await nothingPasses(/position/);
  });

  test('by making it anew is noticed, at the latest by who appends', async () => {
    await volumes(3);
    await api.watch.look();
    const manager = await api.broker.connection.jetstreamManager();
    await manager.streams.delete(jetstream.facts.stream);
    await ensureStreams(api.broker.connection);
    await expect(requestVolume(worker)).rejects.toThrow(
      /was stored at position 1 of a log that had reached 3|suspect|lacks/,
    );
    await nothingPasses(/was seen at position 3, and the log ends at/);
  });
});

test('P11: a follower gets nothing of a log that nobody vouches for', async () => {
  await volumes(1);
  const commits: Commit[] = [];
  const stopped = new AbortController();
  const following = (async () => {
    for await (const batch of worker.broker.store.follow({ afterSequence: 0, signal: stopped.signal }))
      commits.push(...batch.commits);
  })();
  await eventually(() => commits.length === 1);
  worker.gate.shut('suspect', 'as the test wants');
  const { sequence } = await requestVolume(api);
  expect(await api.position.waitFor(sequence, 10_000)).toBe(true);
  expect(commits).toHaveLength(1);
  worker.gate.open();
  await eventually(() => commits.length === 2);
  stopped.abort();
  await following;
});

test('an app waits for an api, says so, and goes on when one is there; a lost connection alone needs none', async () => {
  await api.close();
  await house.nats.kill();
  await house.nats.restart();
  await eventually(() => worker.complaints.some((line) => /no api says whether the log has lost its end/.test(line)), {
    timeoutMs: 20_000,
  });
  await expect(requestVolume(worker)).rejects.toThrow(LogUnverifiedError);
  api = await house.api();
  await becomes('open', api, worker);
  const { sequence } = await requestVolume(worker);
  expect(await api.position.waitFor(sequence, 10_000)).toBe(true);
});

test('however many apis there are, each comes to the same word', async () => {
  await volumes(1);
  const second = await house.api();
  await becomes('open', second);
  const older = await house.copyStore();
  await becomes('open', api, second, worker);
  await volumes(1);
  await older.putBack();
  await becomes('suspect', api, second, worker);
  expect((await findLogRecords(house.database)).open).toHaveLength(1);
  await older.forget();
});
