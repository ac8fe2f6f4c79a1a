import { connectNats, ensureStreams, JetStreamEventStore } from '@hearth/event-store-nats';
import { Database, listCachePools, migrate, ProjectionPosition, runProjector } from '@hearth/read-model';
import { throwAwayNats, throwAwayPostgres, type ThrowAway, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { execFile } from 'node:child_process';
import { join } from 'node:path';

let postgres: ThrowAwayPostgres;
let nats: ThrowAway;
let url: string;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([throwAwayPostgres(), throwAwayNats()]);
  url = await postgres.createDatabase('rebuild');
  await migrate({ url });
  const connection = await connectNats({ servers: [nats.url], name: 'test' });
  await ensureStreams(connection);
  const store = await JetStreamEventStore.open(connection);
  const cache = { state: 'enabled', reason: null, maxSizeGib: 10, maxCount: 3 } as const;
  const result = await store.append({ category: 'service', id: 'store-01@fast' }, 0, {
    id: 'first',
    recordedAt: '2026-01-02T03:04:05.000Z',
    events: [
      {
        type: 'CacheSettingsReported',
        data: { service: 'store-01@fast', pools: ['store-01@fast#default'], cache },
      },
    ],
  });
  const position = new ProjectionPosition();
  const stopped = new AbortController();
  const projected = runProjector({ store, database: { url }, position, signal: stopped.signal });
  expect(await position.waitFor('sequence' in result ? result.sequence : Infinity, 20_000)).toBe(true);
  stopped.abort();
  await projected;
  await connection.close();
}, 60_000);
afterAll(async () => {
  await Promise.all([postgres.stop(), nats.stop()]);
});

function run(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = [join(__dirname, '../../run.mjs'), 'rebuild/src/main.ts', '--nats-url', nats.url, ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, [...argv, '--database-url', url], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('a rebuild of equal tables swaps them and ends with 0', async () => {
  const { code, stdout } = await run('--json');
  expect(JSON.parse(stdout)).toMatchObject({ sequence: 1, differences: [], sameLog: true, swapped: true });
  expect(code).toBe(0);
}, 60_000);

test('differences end with 1, and --yes swaps the rebuilt tables in', async () => {
  const database = new Database({ url });
  await database.query({ name: '', text: 'update cache_pools set hits = 7' });
  const told = await run();
  expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('cache_pools differs') });
  expect(await listCachePools(database)).toMatchObject([{ hits: 7 }]);
  expect(await run('--yes')).toMatchObject({ code: 1, stdout: expect.stringContaining('live now') });
  expect(await listCachePools(database)).toMatchObject([{ hits: 0, maxCount: 3 }]);
  await database.close();
}, 60_000);

test('a log that is away ends with 2 and the reason', async () => {
  const { code, stderr } = await run('--nats-url', 'nats://127.0.0.1:1');
  expect(stderr).toContain('cannot connect to NATS at nats://127.0.0.1:1');
  expect(code).toBe(2);
}, 60_000);
