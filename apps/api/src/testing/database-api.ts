import { type EventStore, InMemoryEventStore } from '@hearth/event-sourcing';
import { type Database, migrate, ProjectionPosition, runProjector } from '@hearth/read-model';
import { throwAwayPostgres } from '@hearth/testing/servers';
import { postgresQuota, postgresReadSide } from '../reads/postgres.read-side';
import { LosableDatabase, LossAtAppend } from './losable-database';
import { TestApi, type TestApiOptions } from './test-api';

/** The api over a real database, which follows a log: what was written can be read, as in the running app. */
export interface DatabaseApi {
  readonly api: TestApi;
  /** The log, as others than the api have it. */
  readonly store: EventStore;
  readonly database: Database;
  /** The database that goes away between what the api stores and what it reads after that. */
  readonly loss: LossAtAppend;
  /** Waits until the rows hold all that was stored; for facts that a test appends by itself. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** `store` is in memory unless told. */
export async function startDatabaseApi(
  options: TestApiOptions = {},
  store: EventStore = new InMemoryEventStore(),
): Promise<DatabaseApi> {
  const postgres = await throwAwayPostgres();
  const connection = { url: postgres.url, applicationName: 'api-test', connectionsMax: 4 };
  await migrate(connection);
  const database = new LosableDatabase(connection);
  const loss = new LossAtAppend(database);
  const position = new ProjectionPosition();
  const stopped = new AbortController();
  const projector = runProjector({ store, database: connection, position, signal: stopped.signal });
  const api = await TestApi.start({
    ...options,
    services: {
      store: loss.around(store),
      database,
      reads: postgresReadSide(database),
      quota: postgresQuota(database),
      projected: async (sequence) => !database.isLost && (await position.waitFor(sequence, 10_000)),
      ...options.services,
    },
  });
  return {
    api,
    store,
    database,
    loss,
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
