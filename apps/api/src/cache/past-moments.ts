import { invalidInput } from '@hearth/cinder-v3';
import { findKnownTimes } from '@hearth/read-model';
import type { VolumeServices } from '../volumes/volume-services';

/**
 * A moment of which the rows tell all that the log holds by now; the present one where none is asked for. What a host
 * has told whose clock is ahead of ours has happened, and is not still to come. Throws a fault of 400 with the
 * bounds for one that is still to come, or from before the log.
 */
export async function knownMoment(
  { database, store, projected, clock }: Pick<VolumeServices, 'database' | 'store' | 'projected' | 'clock'>,
  asked: string | undefined,
  name: string,
): Promise<string> {
  const ours = new Date(clock.now()).toISOString();
  await projected(await store.lastSequence());
  const { from, to } = await findKnownTimes(database);
  const now = to !== null && to > ours ? to : ours;
  if (asked === undefined) return now;
  if (asked > now)
    throw invalidInput(`${name} ${asked} is still to come: it is ${now}, and the log begins at ${from ?? now}`);
  if (from === null) throw invalidInput(`${name} ${asked} is before the log, which tells of no cache yet`);
  if (asked < from) throw invalidInput(`${name} ${asked} is before the log, which begins at ${from}; it is ${now}`);
  return asked;
}
