import { createdTransfer, parseCreateTransfer } from '@hearth/cinder-v3';
import { type CallContext, viewContext } from '../http/request-context';
import { changeVolume, findVolumeToChange } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { newTransferKey } from './transfer-key';

/** From this microversion on an encrypted volume may be offered, too. */
const encryptedMinor = 70;

/** Offers a volume to whoever will know the key. Throws faults of 400, 403, 404. */
export async function createTransfer(services: VolumeServices, body: unknown, call: CallContext) {
  const { volumeId, name, noSnapshots } = parseCreateTransfer(body, call.minor);
  const found = await findVolumeToChange(services, volumeId, call);
  call.authorise();
  const { authKey, salt, keyHash } = newTransferKey();
  const transfer = { id: services.newId(), name, salt, keyHash, noSnapshots };
  const allowEncrypted = call.minor >= encryptedMinor;
  await changeVolume(services, found, { do: 'CreateTransfer', transfer, allowEncrypted }, call);
  const fields = {
    ...{ id: transfer.id, volumeId, name, noSnapshots },
    ...{ sourceProjectId: found.state.details.projectId, destinationProjectId: null, accepted: false },
    createdAt: new Date(services.clock.now()).toISOString(),
  };
  return { transfer: createdTransfer(fields, authKey, viewContext(call)) };
}
