import { type CreateVolumeRequest, FaultError, invalidInput } from '@hearth/cinder-v3';
import type { VolumeTypeFacts } from '@hearth/contracts';
import { isMultiattach, type VolumeRequest } from '@hearth/domain';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { authorise } from '../../auth/authorise';
import type { CallContext } from '../../http/request-context';
import { checkImageFits } from '../../images/image-fit';
import { checkTypeSize, typeFactsOf } from '../volume-type-facts';
import type { VolumeServices } from '../volume-services';
import { encryptionKeyFor } from './encryption-key';
import { chooseType, findNamedType } from './type-choice';
import { findSources, type VolumeSources } from './volume-sources';
import { chooseZone } from './zone-choice';

export interface Identity {
  readonly volumeId: string;
  readonly requestDigest: string;
}

/**
 * Resolves what a create names into a request that can be decided, in Cinder's order: what is named has to be there, then the size
 * has to fit, then type, zone and key are chosen. Throws faults.
 */
export async function resolveRequest(
  services: VolumeServices,
  asked: CreateVolumeRequest,
  call: CallContext,
  { volumeId, requestDigest }: Identity,
): Promise<VolumeRequest> {
  const named = await findNamedType(services, asked.volumeType, call);
  const sources = await findSources(services, asked, call);
  const { image, copied } = sources;
  const sizeGib = sizeFor(asked, sources);
  if (image) {
    authorise(call.caller, 'volume:create_from_image');
    checkImageFits(image, sizeGib);
  }
  const row = await chooseType(services, named, sources, call);
  checkTypeSize(row, sizeGib);
  const volumeType = await typeFactsOf(services, row);
  const availabilityZone = chooseZone(services, asked.availabilityZone, { row, copied });
  checkMultiattach(volumeType, call);
  const encryptionKeyId = await encryptionKeyFor(services, { volumeId, volumeType, sources }, call);
  return {
    volumeId: volumeId as VolumeId,
    projectId: call.projectId as ProjectId,
    userId: call.caller.userId as UserId,
    name: asked.name,
    description: asked.description,
    sizeGib,
    volumeType,
    availabilityZone,
    metadata: asked.metadata,
    image: image?.identity ?? null,
    requestDigest,
    ...(copied && { source: copied.source, inherited: copied.inherited }),
    ...(isMultiattach(volumeType) && { multiattach: true }),
    ...(encryptionKeyId !== undefined && { encryptionKeyId }),
  };
}

function sizeFor({ sizeGib }: CreateVolumeRequest, { copied }: VolumeSources): number {
  if (copied) {
    const size = sizeGib ?? copied.sizeGib;
    if (size < copied.sizeGib) throw invalidInput(tooSmall(size, copied));
    return size;
  }
  if (sizeGib !== null) return sizeGib;
  throw new FaultError({
    status: 400,
    message: 'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  });
}

/** Cinder's sentences, two spaces of its included. */
function tooSmall(sizeGib: number, { source, sizeGib: least }: NonNullable<VolumeSources['copied']>): string {
  return source.kind === 'snapshot'
    ? `Volume size '${sizeGib}'GB cannot be smaller than the snapshot size ${least}GB. They must be >= original snapshot size.`
    : `Volume size '${sizeGib}'GB cannot be smaller than original volume size  ${least}GB. They must be >= original volume size.`;
}

function checkMultiattach(volumeType: VolumeTypeFacts, { caller }: CallContext): void {
  if (!isMultiattach(volumeType)) return;
  authorise(caller, 'volume:multiattach');
  if (volumeType.encryption) {
    const message = 'Invalid volume: Multiattach cannot be used with encrypted volumes.';
    throw new FaultError({ status: 400, message });
  }
}
