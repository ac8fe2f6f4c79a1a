import { type AskedOperation, FaultError, faultOfRefusal, notFound } from '@hearth/cinder-v3';
import { type LiveVolume, type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { type Outcome, readState, runCommand, wasRefused } from '@hearth/event-sourcing';
import type { VolumeEvent } from '@hearth/contracts';
import { isRefusal, isUuid, refuse } from '@hearth/kernel';
import type { VolumeRow } from '@hearth/read-model';
import { type CallContext, commitContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/** A volume that the caller may see, as its stream tells it: the rows may be a moment behind. */
export interface FoundVolume {
  readonly id: string;
  readonly state: LiveVolume;
  readonly sequence: number;
}

type Services = Pick<VolumeServices, 'store' | 'newId' | 'clock' | 'projected'>;

/**
 * Finds a volume in the log. Throws a fault of 404 for one that is not there, is deleted, or is another project's; of 400 for an
 * image-volume, which the cache decides about.
 */
export async function findVolumeToChange(
  { store, reads }: Pick<VolumeServices, 'store' | 'reads'>,
  id: string,
  call: CallContext,
): Promise<FoundVolume> {
  if (!isUuid(id)) throw notFound('Volume', id);
  const { state, sequence } = await readState(store, volumeDecider, { category: 'volume', id });
  if (state.status === 'absent') throw await unknownVolume(reads, id, call);
  if (state.status === 'deleted') throw notFound('Volume', id);
  if (!maySee(state.details.projectId, call)) throw notFound('Volume', id);
  return { id, state, sequence };
}

/** The same, or the row of an image-volume where the id is one's. Throws a fault of 404. */
export async function findVolumeOrImageVolume(
  services: Pick<VolumeServices, 'store' | 'reads'>,
  id: string,
  call: CallContext,
): Promise<FoundVolume | VolumeRow> {
  return findVolumeToChange(services, id, call).catch((error: unknown) => {
    if (error instanceof ImageVolumeFault) return error.imageVolume;
    throw error;
  });
}

/** Another project's volume is as good as none. */
export const maySee = (projectId: string, { caller, projectId: own }: CallContext) =>
  caller.isAdmin || projectId === own;

/** Whoever may see an image-volume is told what it is; all that can be done to it is to delete it, which evicts the entry. */
export class ImageVolumeFault extends FaultError {
  constructor(readonly imageVolume: VolumeRow) {
    const reason = 'is an entry of the image-volume cache: it can be deleted, which evicts it, and nothing else.';
    super({ status: 400, message: `Invalid volume: ${imageVolume.id} ${reason}` });
  }
}

/** What is said of an id that no stream tells of: an image-volume is no volume of its own. */
async function unknownVolume(reads: VolumeServices['reads'], id: string, call: CallContext): Promise<FaultError> {
  const row = await reads.findVolume(id);
  if (!row?.internal || !maySee(row.projectId, call)) return notFound('Volume', id);
  call.authorise();
  return new ImageVolumeFault(row);
}

/** Throws the fault of the refusal that a command would meet now; nothing is stored. */
export function refuseEarly({ id, state }: FoundVolume, command: VolumeCommand, asked?: AskedOperation): void {
  const decision = volumeDecider.decide(command, state);
  if (isRefusal(decision)) throw new FaultError(faultOfRefusal(decision, id, asked));
}

/**
 * Decides as the volume's decider does while the volume is of the project in which it was found. After a conflict it is decided anew, and a
 * volume that went to another project meanwhile is not there for who had it.
 */
function deciderWithin(projectId: string): typeof volumeDecider {
  return {
    ...volumeDecider,
    decide: (command, volume) =>
      'details' in volume && volume.details.projectId !== projectId
        ? refuse('volume.not_found')
        : volumeDecider.decide(command, volume),
  };
}

/**
 * Decides a command about a volume that was found, stores what follows, and waits for a bounded time until it can be read. Throws
 * the fault of the refusal, if it is refused, in the words that belong to what was asked.
 */
export async function changeVolume(
  services: Services,
  { id, state, sequence }: FoundVolume,
  command: VolumeCommand,
  call: CallContext,
  asked?: AskedOperation,
): Promise<Outcome<Volume, VolumeEvent>> {
  const { store, newId, clock, projected } = services;
  const answer = await runCommand(
    { store, newId, now: () => new Date(clock.now()).toISOString() },
    deciderWithin(state.details.projectId),
    { category: 'volume', id },
    command,
    { ...commitContext(call), known: { state, sequence } },
  );
  if (wasRefused(answer)) throw new FaultError(faultOfRefusal(answer, id, asked));
  await projected(answer.sequence);
  return answer;
}
