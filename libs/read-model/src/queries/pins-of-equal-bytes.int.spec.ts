import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { momentOf, SampleLog } from '../testing/given';
import { projectLog } from '../testing/project-log';
import * as sample from '../testing/sample-events';
import { listCacheEntriesAt } from './cache-at-time.query';
import { findCacheEntry, listCacheEntries } from './cache-entries.query';

let postgres: ThrowAwayPostgres;
let database: Database;
const { poolA: pool, poolB } = sample;
const inB = sample.fillStarted(1, { imageVolumeId: sample.imageVolumeId(101) });

/** Image 9 has the bytes of entry 1, and of no other; both pools have such an entry, and one of them pins. */
const pinnedIn = () =>
  new SampleLog()
    .add('image-cache', pool, sample.fillStarted(1), sample.created(1)) // 1
    .add('image-cache', pool, sample.fillStarted(2), sample.created(2)) // 2
    .add('image-cache', poolB, inB) // 3
    .add('image-cache', pool, sample.pinned(9, null, ['content-8', 'content-1'])) // 4
    .add('image-cache', pool, sample.pinned(3)); // 5

beforeAll(async () => {
  postgres = await throwAwayPostgres();
}, 60_000);
afterAll(async () => {
  await postgres.stop();
});

async function fold(name: string, log: SampleLog): Promise<void> {
  const url = await postgres.createDatabase(name);
  await migrate({ url });
  await projectLog(url, log);
  database = new Database({ url });
}
afterEach(() => database.close());

const isPinned = async (ordinal: number) => (await findCacheEntry(database, sample.imageVolumeId(ordinal)))?.pinned;
const listed = async (pinned: boolean) =>
  (await listCacheEntries(database, { limit: 9, filters: { pinned } })).rows.map(({ imageVolumeId }) => imageVolumeId);
const [one, two, other] = [1, 2, 101].map(sample.imageVolumeId);

test('an entry of another image that serves the pinned one by an equal hash is pinned, in lists, filters and by itself', async () => {
  await fold('pinned', pinnedIn());
  expect(await isPinned(1)).toBe(true);
  expect(await isPinned(2)).toBe(false);
  expect(await listed(true)).toEqual([one]);
  expect((await listed(false)).sort()).toEqual([two, other].sort());
});

test('it is as long as the pin is, and at any moment of it', async () => {
  await fold('unpinned', pinnedIn().add('image-cache', pool, sample.unpinned(9)));
  expect(await isPinned(1)).toBe(false);
  expect(await listed(true)).toEqual([]);
  const pinnedAt = async (commit: number) =>
    (await listCacheEntriesAt(database, { at: momentOf(commit) }, { limit: 9 }))
      .filter(({ pinned }) => pinned)
      .map(({ imageVolumeId }) => imageVolumeId);
  expect(await pinnedAt(3)).toEqual([]);
  expect(await pinnedAt(5)).toEqual([one]);
  expect(await pinnedAt(6)).toEqual([]);
});
