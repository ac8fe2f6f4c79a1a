import {
  type AskedOperation,
  badRequest,
  FaultError,
  parseUploadImage,
  unavailable,
  uploadImageView,
  type UploadImageRequest,
} from '@hearth/cinder-v3';
import { type CreatedImage, ImageUploadError, propertiesOfVolume } from '@hearth/openstack-clients';
import { authorise } from '../../auth/authorise';
import type { CallContext } from '../../http/request-context';
import type { ActionHandler } from '../../http/run-action';
import { changeVolume, type FoundVolume, refuseEarly } from '../change-volume';
import type { VolumeServices } from '../volume-services';

/**
 * Makes an image's record with the caller's rights, and has the volume's host send the bytes. That the volume may be uploaded is
 * looked at before the record is made; if it may not be any more after that, the record is taken back.
 */
export const uploadImage =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const request = parseUploadImage(argument, call.minor);
    if (request.visibility === 'public') authorise(call.caller, 'volume_extension:volume_actions:upload_public');
    refuseContainer(request);
    const { force } = request;
    const asked: AskedOperation = { operation: 'upload a volume', data: { force } };
    // No image has this id: what is decided here is only whether.
    refuseEarly(found, { do: 'Upload', force, upload: uploadOf(request, { ...unmade, id: services.newId() }) }, asked);
    const image = await createRecord(services, found, request, call);
    const { volumeType } = found.state.details;
    const [row, type] = await Promise.all([
      services.reads.findVolume(found.id),
      services.reads.findVolumeType(volumeType.id),
    ]);
    await start(services, found, { request, image, asked }, call);
    const { description, sizeGib } = found.state.details;
    return uploadImageView({ id: found.id, updatedAt: row?.updatedAt ?? null, description, sizeGib }, type, image);
  };

const unmade = { visibility: 'private', owner: null };

function refuseContainer({ containerFormat, diskFormat }: UploadImageRequest): void {
  if (containerFormat === 'bare' && diskFormat !== 'ploop') return;
  const what = containerFormat === 'bare' ? `disk format '${diskFormat}'` : `container format '${containerFormat}'`;
  throw badRequest(`Invalid input received: images of ${what} cannot be made of a volume here.`);
}

function uploadOf(
  { imageName, diskFormat, containerFormat }: UploadImageRequest,
  { id, visibility, owner }: Pick<CreatedImage, 'id' | 'visibility' | 'owner'>,
) {
  return { imageId: id, imageName, diskFormat, containerFormat, visibility, imageOwner: owner };
}

async function createRecord(
  { imageRecords }: VolumeServices,
  { state }: FoundVolume,
  request: UploadImageRequest,
  { caller }: CallContext,
): Promise<CreatedImage> {
  const { imageName: name, diskFormat, containerFormat, visibility, protected: isProtected } = request;
  const properties = propertiesOfVolume(state.details.imageMetadata);
  const image = { name, diskFormat, containerFormat, visibility, protected: isProtected, properties };
  try {
    return await imageRecords.create(image, { token: caller.token });
  } catch (error) {
    throw faultOf(error);
  }
}

interface Upload {
  readonly request: UploadImageRequest;
  readonly image: CreatedImage;
  readonly asked: AskedOperation;
}

async function start(
  services: VolumeServices,
  found: FoundVolume,
  { request, image, asked }: Upload,
  call: CallContext,
): Promise<void> {
  try {
    const command = { do: 'Upload', upload: uploadOf(request, image), force: request.force } as const;
    await changeVolume(services, found, command, call, asked);
  } catch (error) {
    // Where the log did not answer, the upload may have been stored: then the record is needed.
    if (error instanceof FaultError) {
      await services.imageRecords.remove(image, { token: call.caller.token }).catch(() => undefined);
    }
    throw error;
  }
}

/** What the image service says no to is the caller's to change; that it is away is not. */
function faultOf(error: unknown): unknown {
  if (!(error instanceof ImageUploadError)) return error;
  if (error.problem === 'refused' || error.problem === 'forbidden') return badRequest(error.message);
  return unavailable('The image service cannot be asked just now. Please try again.', { cause: error });
}
