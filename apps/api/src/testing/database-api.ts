import { InMemoryEventStore } from '@hearth/event-sourcing';
import { Database, migrate, ProjectionPosition, runProjector } from '@hearth/read-model';
import { throwAwayPostgres } from '@hearth/testing/servers';
import { postgresQuota, postgresReadSide } from '../reads/postgres.read-side';
import { TestApi, type TestApiOptions } from './test-api';

/** The api over a real database, which follows a log in memory: what was written can be read, as in the running app. */
export interface DatabaseApi {
  readonly api: TestApi;
  readonly store: InMemoryEventStore;
  readonly database: Database;
  /** Waits until the rows hold all that was stored; for facts that a test appends by itself. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export async function startDatabaseApi(options: TestApiOptions = {}): Promise<DatabaseApi> {
  const postgres = await throwAwayPostgres();
  const connection = { url: postgres.url, applicationName: 'api-test', connectionsMax: 4 };
  await migrate(connection);
  const database = new Database(connection);
  const store = new InMemoryEventStore();
  const position = new ProjectionPosition();
  const stopped = new AbortController();
  const projector = runProjector({ store, database: connection, position, signal: stopped.signal });
  const api = await TestApi.start({
    ...options,
    services: {
      store,
      database,
      reads: postgresReadSide(database),
      quota: postgresQuota(database),
      projected: (sequence) => position.waitFor(sequence, 10_000),
      ...options.services,
    },
  });
  return {
    api,
    store,
    database,
    caughtUp: async () => {
      if (!(await position.waitFor(await store.lastSequence(), 10_000)))
        throw new Error('the rows do not follow the log');
    },
    stop: async () => {
      await api.stop();
      stopped.abort();
      await projector;
      await database.close();
      await postgres.stop();
    },
  };
}
