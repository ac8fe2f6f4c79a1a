import { randomUUID } from 'node:crypto';
import type { VolumeEvent } from '@hearth/contracts';
import { placed, provisioned, requested } from '@hearth/domain/testing';
import type { EventStore } from '@hearth/event-sourcing';
import { connectNats, ensureStreams, JetStreamEventStore } from '@hearth/event-store-nats';
import type { VolumeId } from '@hearth/kernel';
import { migrate, rebuildFacts } from '@hearth/read-model';
import { throwAwayNats, throwAwayPostgres } from '@hearth/testing/servers';
import { projectLog } from '../../../day-of-load/src/play/project-log';
import { type Figure, median } from '../figures';
import { atOnce } from './timed-create';

const commitsOfVolume = 3;
/** Appends under way at once while the log is written. */
const writersMax = 64;
const projectionTimeoutMs = 300_000;

/** Replays a log of volumes' lives, servers of its own and no app running; as fast as one process goes. */
export async function measureRebuild({ volumes, runs }: { volumes: number; runs: number }): Promise<Figure[]> {
  const [nats, postgres] = await Promise.all([throwAwayNats(), throwAwayPostgres()]);
  try {
    const database = { url: await postgres.createDatabase('bench'), applicationName: 'hearth-bench' };
    await migrate(database);
    const connection = await connectNats({ servers: [nats.url], name: 'hearth-bench' });
    try {
      await ensureStreams(connection);
      const store = await JetStreamEventStore.open(connection);
      await writeLog(store, volumes);
      // The live tables that the rebuilt ones are compared with.
      await projectLog(store, database, { timeoutMs: projectionTimeoutMs });
      const rates: number[] = [];
      for (let run = 0; run < runs; run++) {
        const { commitsPerSecond, differences } = await rebuildFacts({ store, database });
        if (differences.length > 0) throw new Error('the rebuilt tables differ from the live ones');
        rates.push(commitsPerSecond);
      }
      const note = `${volumes * commitsOfVolume} commits, ${runs} runs; PostgreSQL ${postgres.major} without fsync`;
      return [{ name: 'rebuild, commits replayed', value: median(rates), unit: '/s', goal: { atLeast: 20_000 }, note }];
    } finally {
      await connection.close();
    }
  } finally {
    await Promise.all([nats.stop(), postgres.stop()]);
  }
}

async function writeLog(store: EventStore, volumes: number): Promise<void> {
  await atOnce(volumes, writersMax, async () => {
    const volumeId = randomUUID() as VolumeId;
    let sequence = 0;
    for (const event of [requested({ volumeId }), placed(), provisioned()] satisfies VolumeEvent[]) {
      const appended = await store.append({ category: 'volume', id: volumeId }, sequence, {
        id: randomUUID(),
        recordedAt: new Date().toISOString(),
        events: [event],
      });
      if (appended.status !== 'appended') throw new Error(`a commit of the new volume ${volumeId} conflicts`);
      sequence = appended.sequence;
    }
  });
}
