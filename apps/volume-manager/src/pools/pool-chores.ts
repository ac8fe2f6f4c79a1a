import { type Chore, claimOf, entryOf, owedChores } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
import type { LiveHosts } from '@hearth/event-sourcing';
import type { Host } from '../host/host';
import { readVolume } from '../volumes/known-volume';
import { settleClaims } from '../volumes/settle-claims';
import { type Pool, objectOf } from './pool';

/** Chores of one run; what is left is owed to the next. */
const choresMax = 500;

/** Does what the pool's cache owes. A chore that fails is logged and owed again; a log that is away ends the run with its error. */
export async function doChores(host: Host, pool: Pool, live: LiveHosts): Promise<void> {
  await pool.cache.refresh();
  const isAlive = (process: { readonly host: string; readonly incarnation: string }) =>
    process.host === host.name
      ? process.incarnation === host.incarnation
      : live.get(process.host)?.incarnation === process.incarnation;
  for (const chore of owedChores(pool.cache.state(), isAlive).slice(0, choresMax)) await doChore(host, pool, chore);
}

async function doChore(host: Host, pool: Pool, chore: Chore): Promise<void> {
  switch (chore.do) {
    case 'abandon-fill':
      return abandonFill(host, pool, chore);
    case 'release-waiters':
      await pool.cache.submit({ do: 'ReleaseWaiters', generation: chore.generation });
      return;
    case 'reap':
      return reap(host, pool, chore);
    case 'check-claim':
      return checkClaim(host, pool, chore);
  }
}

async function abandonFill(host: Host, pool: Pool, chore: Extract<Chore, { do: 'abandon-fill' }>): Promise<void> {
  const { generation } = chore;
  host.log.warn('a fill was given up: its process is no more', { pool: pool.ref, generation, filler: chore.host });
  const reason = 'The process that copied the image ended before it was done.';
  const failure = { code: 'image.copy_failed', reason } as const;
  await pool.cache.submit({ do: 'FailFill', generation, failure, transient: true });
}

/** Under the turn of the image-volume, so that two runs do not remove it side by side. */
function reap(host: Host, pool: Pool, { generation, imageVolumeId }: Extract<Chore, { do: 'reap' }>): Promise<void> {
  return host.turns.run(imageVolumeId, async () => {
    const entry = entryOf(pool.cache.state(), generation);
    if (entry?.status !== 'retired' || entry.leases > 0 || entry.reaped) return;
    try {
      await pool.backend.driver.remove(objectOf(pool, imageVolumeId));
    } catch (error) {
      const level = error instanceof DriverError && error.code === 'has-dependants' ? 'info' : 'warn';
      host.log[level]('a retired image-volume stays for now', { pool: pool.ref, generation, imageVolumeId, error });
      return;
    }
    await pool.cache.submit({ do: 'RecordReaped', generation });
  });
}

/** A create that is being worked on here settles its claim itself. */
async function checkClaim(host: Host, pool: Pool, { volumeId }: Extract<Chore, { do: 'check-claim' }>): Promise<void> {
  if (host.turns.has(volumeId)) return;
  await host.turns.run(volumeId, async () => {
    if (!claimOf(pool.cache.state(), volumeId)) return;
    await settleClaims(host, await readVolume(host.store, volumeId));
  });
}
