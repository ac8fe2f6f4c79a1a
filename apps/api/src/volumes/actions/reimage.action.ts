import { type AskedOperation, conflict, FaultError, notFound, parseReimage } from '@hearth/cinder-v3';
import { authorise } from '../../auth/authorise';
import type { CallContext } from '../../http/request-context';
import type { ActionHandler } from '../../http/run-action';
import { checkImageFits } from '../../images/image-fit';
import { changeVolume, type FoundVolume, refuseEarly } from '../change-volume';
import type { VolumeServices } from '../volume-services';

/** Replaces what is in a volume by an image: that the volume may be, and that the image fits, is looked at first. */
export const reimageVolume =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const { imageId, reserved } = parseReimage(argument);
    const { state } = found;
    if (state.status === 'provisioned') {
      if (state.label === 'reserved') authorise(call.caller, 'volume:reimage_reserved');
      if (state.attachments.size > 1) {
        throw conflict('Cannot re-image a volume which is attached to more than one server.');
      }
    }
    const image = await findImage(services, imageId, call);
    const command = { do: 'Reimage', image: image.identity, reserved } as const;
    const asked: AskedOperation = { operation: 're-image a volume', data: { reserved } };
    refuseEarly(found, command, asked);
    checkImageFits(image, state.details.sizeGib);
    await changeVolume(services, found, command, call, asked);
  };

/** What is no image of the caller's is not found here, where a create says that the request is wrong. */
async function findImage({ images }: VolumeServices, id: string, { caller }: CallContext) {
  try {
    return await images.resolve(id, caller.token);
  } catch (error) {
    if (error instanceof FaultError && error.fault.status === 400) throw notFound('Image', id);
    throw error;
  }
}
