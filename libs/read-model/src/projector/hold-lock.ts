import type { Client } from 'pg';
import { locks } from '../database/locks';

/** SQLSTATE lock_not_available: `lock_timeout` has passed. */
const lockTimedOut = '55P03';
/** Well below the silence after which a connection counts as lost. */
const waitMs = 10_000;

/**
 * Waits for a lock that goes with the connection; false when the signal came first. The wait is made of short ones, so that
 * a server which has vanished is told from a lock that is taken.
 */
export async function holdLock(client: Client, name: keyof typeof locks, signal: AbortSignal): Promise<boolean> {
  const cut = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', cut, { once: true });
  // It came while the connection was made: nobody would end the wait.
  if (signal.aborted) cut();
  try {
    await client.query(`set lock_timeout = ${waitMs}`);
    while (!(await tryLock(client, name)));
    await client.query('set lock_timeout = 0');
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function tryLock(client: Client, name: keyof typeof locks): Promise<boolean> {
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...locks[name]]);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === lockTimedOut) return false;
    throw error;
  }
}
