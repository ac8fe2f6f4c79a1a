import { invalidInput } from '@hearth/cinder-v3';
import { findKnownTimes } from '@hearth/read-model';
import type { VolumeServices } from '../volumes/volume-services';

type Times = Pick<VolumeServices, 'database' | 'store' | 'projected' | 'clock'>;

/**
 * A moment of which the rows tell all that the log holds by now; the present one where none is asked for. What a host
 * has told whose clock is ahead of ours has happened, and is not still to come. Throws a fault of 400 with the
 * bounds for one that is still to come, or from before the log.
 */
export async function knownMoment(services: Times, asked: string | undefined, name: string): Promise<string> {
  const { from, now } = await knownTimes(services);
  if (asked === undefined) return now;
  if (asked > now) throw stillToCome(asked, name, { from, now });
  if (from === null) throw invalidInput(`${name} ${asked} is before the log, which tells of no cache yet`);
  if (asked < from) throw invalidInput(`${name} ${asked} is before the log, which begins at ${from}; it is ${now}`);
  return asked;
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
  readonly now: string;
}

async function knownTimes({ database, store, projected, clock }: Times): Promise<KnownTimes> {
  const ours = new Date(clock.now()).toISOString();
  await projected(await store.lastSequence());
  const { from, to } = await findKnownTimes(database);
  return { from, now: to !== null && to > ours ? to : ours };
}

const stillToCome = (asked: string, name: string, { from, now }: KnownTimes) =>
  invalidInput(`${name} ${asked} is still to come: it is ${now}, and the log begins at ${from ?? now}`);
