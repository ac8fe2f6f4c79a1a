import { type AskedOperation, createdVolume, parseUpdateVolume } from '@hearth/cinder-v3';
import { type CallContext, viewContext } from '../http/request-context';
import { changeVolume, findVolumeToChange, type FoundVolume, refuseEarly } from './change-volume';
import { decidedVolume } from './decided-volume';
import type { VolumeServices } from './volume-services';

const asked: AskedOperation = { operation: 'update a volume' };

/** Changes name, description or metadata of a volume; returns the answer's body. Throws a fault of 400, 403 or 404. */
export async function updateVolume(services: VolumeServices, id: string, body: unknown, call: CallContext) {
  const { metadata, ...texts } = parseUpdateVolume(body, call.minor);
  let found = await findVolumeToChange(services, id, call);
  call.authorise();
  const setMetadata = metadata && ({ do: 'ChangeMetadata', change: { set: metadata } } as const);
  // All of it is refused, or nothing.
  if (setMetadata) refuseEarly(found, setMetadata, asked);
  const before = await services.reads.findVolume(id);
  if (Object.keys(texts).length > 0) found = await changed(services, found, { do: 'UpdateVolume', ...texts }, call);
  if (setMetadata) found = await changed(services, found, setMetadata, call);
  // What was stored is answered, whether or not the rows can be reached.
  const row = await services.reads.findVolume(id).catch(() => before);
  const volume = decidedVolume(found.state, row, new Date(services.clock.now()).toISOString());
  return { volume: createdVolume(volume, viewContext(call)) };
}

async function changed(
  services: VolumeServices,
  found: FoundVolume,
  command: Parameters<typeof changeVolume>[2],
  call: CallContext,
): Promise<FoundVolume> {
  const { state, sequence } = await changeVolume(services, found, command, call, asked);
  return state.status === 'absent' || state.status === 'deleted' ? found : { id: found.id, state, sequence };
}
