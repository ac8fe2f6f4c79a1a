import { type CreateVolumeRequest, FaultError, invalidInput, notFound, type VolumeSource } from '@hearth/cinder-v3';
import { isUuid, type ProjectId, type UserId, type VolumeId } from '@hearth/kernel';
import type { VolumeRequest } from '@hearth/domain';
import type { VolumeTypeRow } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { checkImageFits } from '../images/image-fit';
import type { ShownImage } from '@hearth/openstack-clients';
import type { VolumeServices } from './volume-services';

export interface Identity {
  readonly volumeId: string;
  readonly requestDigest: string;
}

/** Resolves what a create names — image, type, zone, in this order — into a request that can be decided. Throws faults. */
export async function resolveRequest(
  services: VolumeServices,
  asked: CreateVolumeRequest,
  call: CallContext,
  { volumeId, requestDigest }: Identity,
): Promise<VolumeRequest> {
  const { sizeGib } = asked;
  if (sizeGib === null) throw await refuseSource(services, asked.source, call);
  const image = await findImage(services, asked.source, call, sizeGib);
  const type = await chooseType(services, asked.volumeType, image, call);
  return {
    volumeId: volumeId as VolumeId,
    projectId: call.projectId as ProjectId,
    userId: call.caller.userId as UserId,
    name: asked.name,
    description: asked.description,
    sizeGib,
    volumeType: { id: type.id, name: type.name, extraSpecs: type.extraSpecs },
    availabilityZone: chooseZone(services, asked.availabilityZone),
    metadata: asked.metadata,
    image: image?.identity ?? null,
    requestDigest,
  };
}

async function findImage(
  services: VolumeServices,
  source: VolumeSource,
  call: CallContext,
  sizeGib: number,
): Promise<ShownImage | undefined> {
  if (source.from === 'nothing') return undefined;
  if (source.from !== 'image') throw await refuseSource(services, source, call);
  const image = await services.images.resolve(source.reference, call.caller.token);
  checkImageFits(image, sizeGib);
  return image;
}

/** Sources that are not offered: what is named is looked for first, as a client expects. */
async function refuseSource({ reads }: VolumeServices, source: VolumeSource, call: CallContext): Promise<FaultError> {
  switch (source.from) {
    case 'snapshot':
      return notFound('Snapshot', source.id);
    case 'backup':
      return notFound('Backup', source.id);
    case 'volume': {
      const volume = isUuid(source.id) ? await reads.findVolume(source.id) : undefined;
      const visible = volume && (call.caller.isAdmin || volume.projectId === call.projectId);
      if (!visible) return notFound('Volume', source.id);
      return invalidInput('creating a volume from another volume is not offered; name an image by imageRef.');
    }
    case 'nothing':
    case 'image':
      return invalidInput('size is missing.');
  }
}

/** The type that the request names, else the one that the image names, else the default. */
async function chooseType(
  { reads, defaults }: VolumeServices,
  named: string | null,
  image: ShownImage | undefined,
  { caller }: CallContext,
): Promise<VolumeTypeRow> {
  const wanted = named ?? image?.identity.properties['cinder_img_volume_type'];
  const type = await reads.findVolumeType(wanted ?? defaults.volumeType);
  if (type && (type.isPublic || caller.isAdmin)) return type;
  if (wanted !== undefined) throw notFound(isUuid(wanted) ? 'Volume type' : 'Volume type with name', wanted);
  const message = `The default volume type ${defaults.volumeType} could not be found; an operator has to create it.`;
  throw new FaultError({ status: 500, message });
}

function chooseZone({ isKnownZone, defaults }: VolumeServices, named: string | null): string {
  if (named === null || named === defaults.availabilityZone) return defaults.availabilityZone;
  if (!isKnownZone(named)) throw invalidZone(named);
  return named;
}

const invalidZone = (zone: string) =>
  new FaultError({ status: 400, message: `Availability zone '${zone}' is invalid.` });
