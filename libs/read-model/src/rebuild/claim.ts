import type { Client } from 'pg';
import { locks } from '../database/locks';

/** One at a time builds tables beside the live ones; the claim goes with the connection. */
export async function claim(live: Client): Promise<void> {
  const { rows } = await live.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', [
    ...locks.rebuild,
  ]);
  if (!rows[0]?.held) throw new Error('another rebuild of this read model runs: wait for it, or end it');
}
