import type { EventStore } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { type Database, type ProjectionPosition, sweepReservations } from '@hearth/read-model';

const intervalMs = 60_000;
/** An append that runs is never this old. */
const olderThanMs = 60_000;
/** A projection that is further behind is swept after the next time. */
const catchUpMs = 10_000;

/** Gives back, every minute, what crashes between reservation and append have left; returns what ends it. */
export function sweepReservationsRegularly(
  database: Database,
  { store, position }: { readonly store: EventStore; readonly position: ProjectionPosition },
  log: Log,
): () => void {
  const caughtUp = async () => position.waitFor(await store.lastSequence(), catchUpMs);
  const sweep = async () => {
    const swept = await sweepReservations(database, { olderThanMs, caughtUp });
    if (swept > 0) log.info('gave back quota that nothing came of', { reservations: swept });
  };
  const timer = setInterval(() => {
    sweep().catch((error) => log.debug('reservations were not swept; next time', { error }));
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
