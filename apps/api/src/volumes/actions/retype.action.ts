import { type AskedOperation, invalidInput, parseRetype, unavailable } from '@hearth/cinder-v3';
import type { VolumeTypeFacts } from '@hearth/contracts';
import { isMultiattach, meetsExtraSpecs, type ProvisionedVolume } from '@hearth/domain';
import { type QuotaRequest, reservationKey } from '@hearth/read-model';
import { authorise } from '../../auth/authorise';
import type { CallContext } from '../../http/request-context';
import type { ActionHandler } from '../../http/run-action';
import { type FoundVolume, refuseEarly } from '../change-volume';
import { changeWithinQuota } from '../change-within-quota';
import { findNamedType } from '../create/type-choice';
import { poolReportOf } from '../pool-reports';
import { checkTypeSize, typeFactsOf } from '../volume-type-facts';
import type { VolumeServices } from '../volume-services';

const asked: AskedOperation = { operation: 'retype a volume' };

/** Gives a volume another type where it lies: its pool has to meet the type's extra specs, for nothing is moved. */
export const retypeVolume =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const { state } = found;
    const row = await findNamedType(services, parseRetype(argument), call);
    if (!row) throw invalidInput('Invalid volume_type passed: .');
    checkTypeSize(row, state.details.sizeGib);
    const volumeType = await typeFactsOf(services, row);
    checkMultiattach(volumeType, call);
    const command = { do: 'Retype', volumeType } as const;
    refuseEarly(found, command, asked);
    // Of any other volume the command was refused just now.
    if (state.status !== 'provisioned') return;
    await checkPool(services, state, volumeType, call);
    await changeWithinQuota(services, found, command, call, { asked, room: roomFor(found.id, state, volumeType) });
  };

function checkMultiattach(volumeType: VolumeTypeFacts, { caller }: CallContext): void {
  if (!isMultiattach(volumeType)) return;
  authorise(caller, 'volume:multiattach');
  if (volumeType.encryption) {
    throw invalidInput('Retype requested both encryption and multi-attach, which is not supported.');
  }
}

/** The scheduler's filter, asked about the one pool that there is to choose from. What the pool lacks is for administrators. */
async function checkPool(
  services: VolumeServices,
  { pool }: ProvisionedVolume,
  { name, extraSpecs }: VolumeTypeFacts,
  { caller }: CallContext,
): Promise<void> {
  const report = await poolReportOf(services, pool);
  if (!report) throw unavailable('The backend of the volume does not answer just now. Please try again.');
  const verdict = meetsExtraSpecs(extraSpecs, report);
  if (verdict === true) return;
  const why = caller.isAdmin ? ` (${pool} ${verdict})` : '';
  throw invalidInput(
    `The backend of the volume does not meet volume type '${name}'${why}, and a volume is not moved to another backend, ` +
      'whatever migration_policy says.',
  );
}

/** The volume and its snapshots count for the new type; the project has the room already. */
function roomFor(
  volumeId: string,
  { details, snapshots }: ProvisionedVolume,
  volumeType: VolumeTypeFacts,
): QuotaRequest {
  const kept = [...snapshots.values()];
  return {
    projectId: details.projectId,
    key: reservationKey.retype(volumeId, volumeType.id),
    volumes: 1,
    snapshots: kept.length,
    gigabytes: kept.reduce((sum, { sizeGib }) => sum + sizeGib, details.sizeGib),
    volumeType,
    typeOnly: true,
  };
}
