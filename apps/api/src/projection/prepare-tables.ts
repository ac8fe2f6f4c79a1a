import type { Log } from '@hearth/platform';
import { migrate, type ReadModelOptions, ReadModelUnavailableError } from '@hearth/read-model';
import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 1_000;

/** Brings the tables up to date; PostgreSQL that is away is waited for. Any other failure is thrown. */
export async function prepareTables(database: ReadModelOptions, log: Log): Promise<void> {
  for (;;) {
    try {
      const ran = await migrate(database);
      if (ran.length > 0) log.info('migrations ran', { migrations: ran });
      return;
    } catch (error) {
      if (!(error instanceof ReadModelUnavailableError)) throw error;
      log.warn('PostgreSQL is away; waiting for it', { error });
      await delay(pauseMs);
    }
  }
}
