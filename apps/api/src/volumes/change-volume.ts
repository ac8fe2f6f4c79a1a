import { FaultError, faultOfRefusal, notFound } from '@hearth/cinder-v3';
import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { type Outcome, readState, runCommand, wasRefused } from '@hearth/event-sourcing';
import type { VolumeEvent } from '@hearth/contracts';
import { isUuid } from '@hearth/kernel';
import { type CallContext, commitContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/** A volume that the caller may see, as its stream tells it: the rows may be a moment behind. */
export interface FoundVolume {
  readonly id: string;
  readonly state: Exclude<Volume, { status: 'absent' } | { status: 'deleted' }>;
  readonly sequence: number;
}

type Services = Pick<VolumeServices, 'store' | 'newId' | 'clock' | 'projected'>;

/** Finds a volume in the log. Throws a fault of 404 for one that is not there, is deleted, or is another project's. */
export async function findVolumeToChange(
  { store }: Pick<Services, 'store'>,
  id: string,
  { caller, projectId }: CallContext,
): Promise<FoundVolume> {
  if (!isUuid(id)) throw notFound('Volume', id);
  const { state, sequence } = await readState(store, volumeDecider, { category: 'volume', id });
  if (state.status === 'absent' || state.status === 'deleted') throw notFound('Volume', id);
  if (!caller.isAdmin && state.details.projectId !== projectId) throw notFound('Volume', id);
  return { id, state, sequence };
}

/**
 * Decides a command about a volume that was found, stores what follows, and waits for a bounded time until it can be read. Throws
 * the fault of the refusal, if it is refused.
 */
export async function changeVolume(
  services: Services,
  { id, state, sequence }: FoundVolume,
  command: VolumeCommand,
  call: CallContext,
): Promise<Outcome<Volume, VolumeEvent>> {
  const { store, newId, clock, projected } = services;
  const answer = await runCommand(
    { store, newId, now: () => new Date(clock.now()).toISOString() },
    volumeDecider,
    { category: 'volume', id },
    command,
    { ...commitContext(call), known: { state, sequence } },
  );
  if (wasRefused(answer)) throw new FaultError(faultOfRefusal(answer, id));
  await projected(answer.sequence);
  return answer;
}
