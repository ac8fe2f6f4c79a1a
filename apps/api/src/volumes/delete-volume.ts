import { booleanOf, FaultError, faultOfRefusal, notFound } from '@hearth/cinder-v3';
import { volumeDecider } from '@hearth/domain';
import { readState, runCommand, wasRefused } from '@hearth/event-sourcing';
import { isUuid, type UserId } from '@hearth/kernel';
import { authorise } from '../auth/authorise';
import { type CallContext, commitContext } from '../http/request-context';
import { maySee, unknownVolume } from './change-volume';
import { forgetKey } from './forget-key';
import type { VolumeServices } from './volume-services';

/** From 3.23 on an administrator may delete a volume whatever its status. */
const forceMinor = 23;

/**
 * Accepts a delete. Whose the volume is and how it stands is read from the log: the rows may be a moment behind. Again for one
 * that is being deleted is harmless. Throws a fault of 400, 403 or 404.
 */
export async function deleteVolume(services: VolumeServices, id: string, call: CallContext): Promise<void> {
  const cascade = flagOf(call, 'cascade');
  const force = call.minor >= forceMinor && flagOf(call, 'force');
  if (!isUuid(id)) throw notFound('Volume', id);
  const stream = { category: 'volume', id } as const;
  const known = await readState(services.store, volumeDecider, stream);
  const { state } = known;
  if (state.status === 'absent') throw await unknownVolume(services.reads, id, call);
  if (state.status === 'deleted' || !maySee(state.details.projectId, call)) throw notFound('Volume', id);
  if (force) authorise(call.caller, 'volume:force_delete');
  call.authorise();
  const answer = await runCommand(
    { store: services.store, newId: services.newId, now: () => new Date(services.clock.now()).toISOString() },
    volumeDecider,
    stream,
    { do: 'DeleteVolume', userId: call.caller.userId as UserId, cascade, force },
    { ...commitContext(call), known },
  );
  if (wasRefused(answer)) {
    throw new FaultError(faultOfRefusal(answer, id, { operation: 'delete a volume', data: { force } }));
  }
  await services.projected(answer.sequence);
  await forgetKey(services, answer);
}

function flagOf({ query }: CallContext, name: string): boolean {
  const text = query.get(name);
  return text !== null && booleanOf(text, name);
}
