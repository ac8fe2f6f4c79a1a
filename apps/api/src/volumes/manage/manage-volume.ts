import {
  badRequest,
  createdVolume,
  FaultError,
  invalidInput,
  type ManageVolumeRequest,
  parseManageVolume,
} from '@hearth/cinder-v3';
import type { PoolReport, VolumeTypeFacts } from '@hearth/contracts';
import { isMultiattach, meetsExtraSpecs, type VolumeRequest } from '@hearth/domain';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { type CallContext, viewContext } from '../../http/request-context';
import { acceptVolume } from '../create/create-volume';
import { requestDigest } from '../create/idempotency';
import { chooseType, findNamedType } from '../create/type-choice';
import { typeFactsOf } from '../volume-type-facts';
import type { VolumeServices } from '../volume-services';
import { objectsInPool } from './objects-in-pool';
import { poolsOfHost } from './pools-of-host';

/**
 * Accepts that an object of a backend becomes a volume of the caller's project. That it is there, and whose it is, is asked of its
 * host first: its size is what counts as the volume's. Throws a fault of 400, 404, 413 or 503.
 */
export async function manageVolume(services: VolumeServices, body: unknown, call: CallContext) {
  const asked = parseManageVolume(body, call.minor);
  const volumeType = await findType(services, asked, call);
  const report = onlyPool(await poolsOfHost(services, asked.host), asked.host);
  checkType(volumeType, report);
  const sizeGib = await sizeOf(services, report, asked.sourceName);
  const request: VolumeRequest = {
    volumeId: services.newId() as VolumeId,
    projectId: call.projectId as ProjectId,
    userId: call.caller.userId as UserId,
    name: asked.name,
    description: asked.description,
    sizeGib,
    volumeType,
    availabilityZone: asked.availabilityZone ?? report.availabilityZone,
    metadata: asked.metadata,
    image: null,
    requestDigest: requestDigest(body),
    source: { kind: 'existing', sourceName: asked.sourceName, pool: report.pool },
    inherited: { imageMetadata: {}, bootable: asked.bootable },
    ...(isMultiattach(volumeType) && { multiattach: true }),
  };
  return { volume: createdVolume(await acceptVolume(services, request, call), viewContext(call)) };
}

async function findType(
  services: VolumeServices,
  { volumeType: wanted }: ManageVolumeRequest,
  call: CallContext,
): Promise<VolumeTypeFacts> {
  const named = await findNamedType(services, wanted, call).catch((error: unknown) => {
    if (!(error instanceof FaultError) || error.fault.status !== 404) throw error;
    throw badRequest(`Invalid volume type: Cannot find requested '${String(wanted).slice(0, 255)}' volume type`);
  });
  return typeFactsOf(services, await chooseType(services, named, { image: undefined, copied: undefined }, call));
}

function onlyPool(pools: readonly PoolReport[], host: string): PoolReport {
  const [report, another] = pools;
  if (report && !another) return report;
  throw invalidInput(`${host} has several pools; name one as host@backend#pool.`);
}

/** The scheduler would choose no other pool: that this one is wrong can be said at once. */
function checkType({ name, encryption, extraSpecs }: VolumeTypeFacts, report: PoolReport): void {
  if (encryption) throw badRequest('Invalid volume type: Managing to an encrypted volume type is not supported.');
  const verdict = meetsExtraSpecs(extraSpecs, report);
  if (verdict !== true) throw badRequest(`Invalid volume type: ${report.pool} does not meet '${name}': it ${verdict}.`);
}

async function sizeOf(services: VolumeServices, { pool }: PoolReport, sourceName: string): Promise<number> {
  const found = (await objectsInPool(services, pool)).find((one) => one.sourceName === sourceName);
  if (!found) {
    throw badRequest(
      `Manage existing volume failed due to invalid backend reference {'source-name': '${sourceName}'}: ` +
        `${pool} has nothing of this name that could be taken over.`,
    );
  }
  if (found.volumeId !== null) {
    throw badRequest('Invalid volume: Unable to manage existing volume. The volume is already managed');
  }
  return Math.max(1, found.sizeGib);
}
