import { invalidInput } from '@hearth/cinder-v3';
import { findKnownTimes } from '@hearth/read-model';
import type { VolumeServices } from '../volumes/volume-services';

type Times = Pick<VolumeServices, 'database' | 'store' | 'projected' | 'clock'>;

/**
 * The moment that is told of, by the log's time: the asked one, or the newest of the log where a later one or none is asked for. Up to
 * there the rows tell all that the log will ever hold, so that the answer is the same whenever that moment is asked for again; what comes
 * next may lie anywhere behind it, by however much the log's clock and ours differ. Throws a fault of 400 with the bounds for a moment
 * that is still to come, by the log's clock and ours, or from before the log.
 */
export async function knownMoment(services: Times, asked: string | undefined, name: string): Promise<string> {
  const { from, newest, now } = await knownTimes(services);
  if (asked === undefined) return newest;
  if (asked > now) throw stillToCome(asked, name, { from, now });
  if (from === null) throw invalidInput(`${name} ${asked} is before the log, which tells of no cache yet`);
  if (asked < from) throw invalidInput(`${name} ${asked} is before the log, which begins at ${from}; it is ${now}`);
  return asked < newest ? asked : newest;
}

/** For the begin of an interval, which may lie before the log. Throws a fault of 400 for one that is still to come. */
export async function checkBegun(services: Times, asked: string | undefined, name: string): Promise<void> {
  if (asked === undefined) return;
  const known = await knownTimes(services);
  if (asked > known.now) throw stillToCome(asked, name, known);
}

interface KnownTimes {
  /** When the log begins; null while it tells of no cache. */
  readonly from: string | null;
  /** The newest instant of the log; ours while it is empty. */
  readonly newest: string;
  /** By the log or by our clock, whichever is later. */
  readonly now: string;
}

async function knownTimes({ database, store, projected, clock }: Times): Promise<KnownTimes> {
  const ours = new Date(clock.now()).toISOString();
  await projected(await store.lastSequence());
  const { from, to } = await findKnownTimes(database);
  const newest = to ?? ours;
  return { from, newest, now: newest > ours ? newest : ours };
}

const stillToCome = (asked: string, name: string, { from, now }: Pick<KnownTimes, 'from' | 'now'>) =>
  invalidInput(`${name} ${asked} is still to come: it is ${now}, and the log begins at ${from ?? now}`);
