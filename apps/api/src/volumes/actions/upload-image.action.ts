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
    refuseDecrypted(request, found);
    const { force } = request;
    const asked: AskedOperation = { operation: 'upload a volume', data: { force } };
    // No image has this id: what is decided here is only whether.
    refuseEarly(found, { do: 'Upload', force, upload: uploadOf(request, { ...unmade, id: services.newId() }) }, asked);
    const { volumeType } = found.state.details;
    // Before anything is made: nothing may be left of what cannot be answered.
    const [row, type] = await Promise.all([
      services.reads.findVolume(found.id),
      services.reads.findVolumeType(volumeType.id),
    ]);
    const keyId = await keyForImage(services, found, call);
    const image = await createRecord(services, found, { request, keyId }, call);
    await start(services, found, { request, image, keyId, asked }, call);
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

/** Nobody decrypts a volume to make an image of it: the image is the volume's bytes as they are, and gets a key of its own. */
function refuseDecrypted({ containerFormat, diskFormat }: UploadImageRequest, { state }: FoundVolume): void {
  if (state.request.encryptionKeyId === undefined) return;
  if (containerFormat === 'bare' && diskFormat === 'raw') return;
  throw badRequest(
    "Invalid volume: An encrypted volume can only be uploaded with disk_format 'raw' and container_format 'bare'.",
  );
}

async function keyForImage(
  { keys }: VolumeServices,
  { state }: FoundVolume,
  { caller }: CallContext,
): Promise<string | undefined> {
  const { encryptionKeyId } = state.request;
  if (encryptionKeyId === undefined) return undefined;
  if (!keys) throw badRequest('Invalid volume: its key cannot be copied: no key manager is configured.');
  return keys.createForImage(encryptionKeyId, caller);
}

/** Takes it back when nothing came of the image. */
async function dropKey({ keys }: VolumeServices, keyId: string | undefined, { caller }: CallContext): Promise<void> {
  if (keyId !== undefined) await keys?.removeOfImage(keyId, caller);
}

async function createRecord(
  services: VolumeServices,
  { state }: FoundVolume,
  { request, keyId }: Pick<Upload, 'request' | 'keyId'>,
  call: CallContext,
): Promise<CreatedImage> {
  const { imageRecords } = services;
  const { caller } = call;
  const { imageName: name, diskFormat, containerFormat, visibility, protected: isProtected } = request;
  const properties = {
    ...propertiesOfVolume(state.details.imageMetadata),
    ...(keyId !== undefined && {
      cinder_encryption_key_id: keyId,
      cinder_encryption_key_deletion_policy: 'on_image_deletion',
    }),
  };
  const image = { name, diskFormat, containerFormat, visibility, protected: isProtected, properties };
  try {
    return await imageRecords.create(image, { token: caller.token });
  } catch (error) {
    await dropKey(services, keyId, call);
    throw faultOf(error);
  }
}

interface Upload {
  readonly request: UploadImageRequest;
  readonly image: CreatedImage;
  /** Of the image's own key, where the volume is encrypted. */
  readonly keyId: string | undefined;
  readonly asked: AskedOperation;
}

async function start(
  services: VolumeServices,
  found: FoundVolume,
  { request, image, keyId, asked }: Upload,
  call: CallContext,
): Promise<void> {
  try {
    const command = { do: 'Upload', upload: uploadOf(request, image), force: request.force } as const;
    await changeVolume(services, found, command, call, asked);
  } catch (error) {
    // Where the log did not answer, the upload may have been stored: then the record is needed.
    if (error instanceof FaultError) {
      await services.imageRecords.remove(image, { token: call.caller.token }).catch(() => undefined);
      await dropKey(services, keyId, call);
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
