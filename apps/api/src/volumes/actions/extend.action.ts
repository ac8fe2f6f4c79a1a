import { type AskedOperation, FaultError, faultOfRefusal, parseExtend } from '@hearth/cinder-v3';
import { refuse } from '@hearth/kernel';
import { reservationKey } from '@hearth/read-model';
import { authorise } from '../../auth/authorise';
import type { ActionHandler } from '../../http/run-action';
import type { FoundVolume } from '../change-volume';
import { changeWithinQuota } from '../change-within-quota';
import { poolReportOf } from '../pool-reports';
import { checkTypeSize } from '../volume-type-facts';
import type { VolumeServices } from '../volume-services';

const asked: AskedOperation = { operation: 'extend a volume' };
/** From 3.42 on a volume in use may be extended. */
const inUseMinor = 42;

/** The size is looked at before the status, the status before the quota, as Cinder does. */
export const extendVolume =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const toGib = parseExtend(argument);
    const { id, state } = found;
    const { sizeGib, volumeType, projectId } = state.details;
    if (toGib <= sizeGib) throw new FaultError(faultOfRefusal(refuse('volume.not_larger', { sizeGib, toGib }), id));
    checkTypeSize(volumeType, toGib);
    const isInUse = call.minor >= inUseMinor && state.status === 'provisioned' && state.label === 'in-use';
    if (isInUse) authorise(call.caller, 'volume:extend_attached_volume');
    const inUse = isInUse && (await growsInUse(services, state.pool));
    const key = reservationKey.extend(id, toGib);
    const room = { projectId, key, gigabytes: toGib - sizeGib, volumeGib: toGib, volumeType };
    await changeWithinQuota(services, found, { do: 'Extend', toGib, inUse }, call, { asked, room });
  };

/** Whether the driver can extend what is in use: Cinder takes it that it can unless it says no. */
async function growsInUse(services: VolumeServices, pool: string): Promise<boolean> {
  const report = await poolReportOf(services, pool);
  return report?.capabilities['online_extend_support'] !== false;
}
