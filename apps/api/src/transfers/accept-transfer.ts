import {
  FaultError,
  faultOfRefusal,
  notFound,
  overQuotaFault,
  parseAcceptTransfer,
  transferSummary,
} from '@hearth/cinder-v3';
import { volumeDecider } from '@hearth/domain';
import { readState } from '@hearth/event-sourcing';
import { isUuid, type ProjectId, type UserId } from '@hearth/kernel';
import { findTransfer, reservationKey, type TransferRow } from '@hearth/read-model';
import { timingSafeEqual } from 'node:crypto';
import { type CallContext, viewContext } from '../http/request-context';
import { changeVolume, type FoundVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { hashOfKey } from './transfer-key';

/**
 * Takes a volume over into the caller's project: whoever knows the key may. Its room is taken there first, and given back if it is
 * refused. Throws faults of 400, 404, 413.
 */
export async function acceptTransfer(services: VolumeServices, id: string, body: unknown, call: CallContext) {
  const authKey = parseAcceptTransfer(body);
  const offered = isUuid(id) ? await findTransfer(services.database, id) : undefined;
  if (!offered) throw notFound('Transfer', id);
  const found = await offeredVolume(services, offered);
  const { transfer } = found.state;
  const keyHash = hashOfKey(authKey, transfer.salt);
  if (!timingSafeEqual(Buffer.from(keyHash), Buffer.from(transfer.keyHash))) {
    throw new FaultError(faultOfRefusal({ refused: 'transfer.wrong_key', data: {} }, id));
  }
  const holder = services.newId();
  await reserve(services, found, { call, holder });
  const { projectId, caller } = call;
  const as = { projectId: projectId as ProjectId, userId: caller.userId as UserId };
  try {
    await changeVolume(services, found, { do: 'AcceptTransfer', transferId: id, keyHash, ...as }, call);
  } catch (error) {
    if (error instanceof FaultError) {
      await services.quota.release(reservationKey.transfer(id, projectId), holder).catch(() => undefined);
    }
    throw error;
  }
  const { encryptionKeyId } = found.state.request;
  if (encryptionKeyId !== undefined) await services.keys?.allow(encryptionKeyId, caller.userId, { instead: true });
  const fields = { ...offered, destinationProjectId: projectId, accepted: true };
  return { transfer: transferSummary(fields, viewContext(call)) };
}

type OfferedVolume = FoundVolume & {
  readonly state: Extract<FoundVolume['state'], { status: 'provisioned' }> & {
    readonly transfer: NonNullable<Extract<FoundVolume['state'], { status: 'provisioned' }>['transfer']>;
  };
};

/** The volume as its stream tells it, whoever asks. Throws a fault of 404 when the offer was withdrawn meanwhile. */
async function offeredVolume({ store }: VolumeServices, { id, volumeId }: TransferRow): Promise<OfferedVolume> {
  const { state, sequence } = await readState(store, volumeDecider, { category: 'volume', id: volumeId });
  if (state.status !== 'provisioned' || state.transfer?.id !== id) throw notFound('Transfer', id);
  return { id: volumeId, state: { ...state, transfer: state.transfer }, sequence };
}

/** Throws a fault of 413. */
async function reserve(
  { quota }: VolumeServices,
  { state }: OfferedVolume,
  { call: { projectId }, holder }: { readonly call: CallContext; readonly holder: string },
): Promise<void> {
  const { details, transfer, snapshots } = state;
  const along = transfer.noSnapshots ? [] : [...snapshots.values()];
  const reserved = await quota.reserve({
    projectId,
    key: reservationKey.transfer(transfer.id, projectId),
    holder,
    volumes: 1,
    gigabytes: along.reduce((sum, { sizeGib }) => sum + sizeGib, details.sizeGib),
    snapshots: along.length,
    volumeGib: details.sizeGib,
    volumeType: details.volumeType,
  });
  if (reserved !== 'reserved') throw new FaultError(overQuotaFault(reserved));
}
