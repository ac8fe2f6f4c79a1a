import type { Strategy, VolumeEvent } from '@hearth/contracts';
import { throwAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { SampleLog } from './given';
import { projectLog } from './project-log';
import * as sample from './sample-events';

const { poolA: pool } = sample;
const inB = (generation: number) =>
  sample.fillStarted(generation, { imageVolumeId: sample.imageVolumeId(100 + generation) });

/** A create that went past the cache. */
function past(strategy: Strategy, reason: string, volume: number): VolumeEvent[] {
  const decision = { ...sample.decision, outcome: 'bypass', strategy, reason, entry: null } as const;
  const end = { pool, bootable: true, imageMetadata: {}, decision };
  return [
    sample.requested(volume, { image: sample.image(1) }),
    sample.placed(),
    { type: 'VolumeProvisioned', data: end },
  ];
}

/** Entry 1 is used and pinned, 2 is suspended, 3 is retired, 4 is gone, 5 is being filled; pool B has one of its own. */
export const cacheLog = new SampleLog()
  .add('service', 'store-01@fast', sample.settingsReported([pool])) // 1
  .add('image-cache', pool, sample.fillStarted(1, { projectId: 'demo' as never })) // 2
  .add('image-cache', pool, sample.created(1)) // 3
  .add('volume', sample.volumeId(1), sample.requested(1, { image: sample.image(1) }), sample.placed()) // 4
  .add('image-cache', pool, sample.leased(1, 1)) // 5
  .add('volume', sample.volumeId(1), sample.provisioned()) // 6
  .add('image-cache', pool, sample.hit(1, 1)) // 7
  .add('image-cache', pool, sample.fillStarted(2), sample.created(2, 5)) // 8
  .add('image-cache', pool, sample.pinned(1, 'golden')) // 9
  .add('image-cache', pool, sample.suspended(2)) // 10
  .add('image-cache', pool, sample.fillStarted(3), sample.created(3)) // 11
  .add('image-cache', pool, sample.evicted(3)) // 12
  .add('image-cache', pool, sample.fillStarted(4), sample.created(4)) // 13
  .add('image-cache', pool, sample.evicted(4, 'ttl'), sample.reaped(4)) // 14
  .add('image-cache', pool, sample.prefetchRequested(5)) // 15
  .add('image-cache', pool, sample.fillStarted(5, { volumeId: null, prefetchId: sample.prefetchId(5) })) // 16
  .add('image-cache', sample.poolB, inB(1)) // 17
  .add('volume', sample.volumeId(2), sample.requested(2, { image: sample.image(1) }), sample.placed()) // 18
  .add('volume', sample.volumeId(2), sample.provisioned()) // 19
  .add('image-cache', pool, sample.hit(1, 2, true)) // 20
  .add('volume', sample.volumeId(2), sample.deletionRequested, sample.deleted) // 21
  .add('image-cache', pool, sample.switchedOff('stay')) // 22
  .add('cache-policy', sample.policyId(1), sample.policyDefined()) // 23
  .add('cache-policy', sample.policyId(2), sample.policyDefined(), sample.policyRemoved) // 24
  .add('image-cache', pool, sample.unpinned(1)) // 25
  .add('image-cache', pool, sample.pinned(2)) // 26
  .add('image-cache', pool, sample.miss(2, 1)) // 27: the volume was given another image
  .add('volume', sample.volumeId(3), sample.requested(3, { image: sample.image(1) }), sample.placed()) // 28
  .add('volume', sample.volumeId(3), sample.createFailed()) // 29: it held a lease
  .add('volume', sample.volumeId(4), ...past('driver-clone', 'image-is-a-file', 4)) // 30
  .add('volume', sample.volumeId(5), ...past('download', 'encrypted', 5)) // 31
  .add('volume', sample.volumeId(6), ...past('download', 'larger-than-cache', 6)); // 32

/** A database whose tables that log has led to. */
export async function cacheTables(): Promise<{ readonly database: Database; close(): Promise<void> }> {
  const postgres = await throwAwayPostgres();
  await migrate({ url: postgres.url });
  await projectLog(postgres.url, cacheLog);
  const database = new Database({ url: postgres.url });
  return {
    database,
    close: async () => {
      await database.close();
      await postgres.stop();
    },
  };
}

/** Which entries these are; those of pool B below zero. */
export const generations = (rows: readonly { readonly pool: string; readonly generation: number }[]) =>
  rows.map((row) => (row.pool === pool ? row.generation : -row.generation));
