import { badRequest, FaultError, faultOfRefusal, notFound } from '@hearth/cinder-v3';
import { volumeDecider } from '@hearth/domain';
import { readState, runCommand, wasRefused } from '@hearth/event-sourcing';
import { isUuid, type UserId } from '@hearth/kernel';
import { type CallContext, commitContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/**
 * Accepts a delete. Whose the volume is and how it stands is read from the log: the rows may be a moment behind. Again for one
 * that is being deleted is harmless. Throws a fault of 400 or 404.
 */
export async function deleteVolume(services: VolumeServices, id: string, call: CallContext): Promise<void> {
  if (!isUuid(id)) throw notFound('Volume', id);
  const stream = { category: 'volume', id } as const;
  const known = await readState(services.store, volumeDecider, stream);
  const { state } = known;
  if (state.status === 'absent') throw await unknownVolume(services, id, call);
  const { projectId } = state.request;
  const mayDelete = call.caller.isAdmin || projectId === call.projectId;
  if (!mayDelete || state.status === 'deleted') throw notFound('Volume', id);
  call.authorise();
  const answer = await runCommand(
    { store: services.store, newId: services.newId, now: () => new Date(services.clock.now()).toISOString() },
    volumeDecider,
    stream,
    { do: 'DeleteVolume', userId: call.caller.userId as UserId },
    { ...commitContext(call), known },
  );
  if (wasRefused(answer)) throw new FaultError(faultOfRefusal(answer, id));
  await services.projected(answer.sequence);
}

/** An image-volume is no volume of its own: the cache decides about it. */
async function unknownVolume({ reads }: VolumeServices, id: string, call: CallContext): Promise<FaultError> {
  const row = await reads.findVolume(id);
  const visible = row?.internal && (call.caller.isAdmin || row.projectId === call.projectId);
  if (!visible) return notFound('Volume', id);
  call.authorise();
  return badRequest(
    `Invalid volume: ${id} is an entry of the image-volume cache, which removes it when it is evicted.`,
  );
}
