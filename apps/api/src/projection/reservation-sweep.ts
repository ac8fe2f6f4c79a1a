import type { EventStore } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { type Database, sweepReservations } from '@hearth/read-model';

const intervalMs = 60_000;
/** An append that runs is never this old. */
const olderThanMs = 60_000;

/** Gives back, every minute, what crashes between reservation and append have left; returns what ends it. */
export function sweepReservationsRegularly(database: Database, store: EventStore, log: Log): () => void {
  const sweep = async () => {
    const swept = await sweepReservations(database, { olderThanMs, streamIsEmpty: (id) => isEmpty(store, id) });
    if (swept > 0) log.info('gave back quota that no volume used', { reservations: swept });
  };
  const timer = setInterval(() => {
    sweep().catch((error) => log.debug('reservations were not swept; next time', { error }));
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function isEmpty(store: EventStore, volumeId: string): Promise<boolean> {
  for await (const _commit of store.read({ category: 'volume', id: volumeId })) return false;
  return true;
}
