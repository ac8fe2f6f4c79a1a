import { badRequest, conflict, FaultError, unavailable } from '@hearth/cinder-v3';
import { inSpan } from '@hearth/event-sourcing';
import { isUuid } from '@hearth/kernel';
import { type AskOptions, type ImageService, ImageServiceError, type ShownImage } from '@hearth/openstack-clients';
import type { ImageLookup } from './image-lookup';

/**
 * Asks the image service with the caller's token, so that nobody reaches an image that is not theirs to read. A reference is
 * what follows its last slash: an id, or else a name. `timeoutMs` covers all attempts: a client waits.
 */
export function callerImageLookup(service: ImageService, timeoutMs: number): ImageLookup {
  return {
    resolve: (reference, token) =>
      inSpan('image.resolve', { attributes: { 'hearth.image': reference } }, async () => {
        const name = reference.slice(reference.lastIndexOf('/') + 1);
        const options = { token, signal: AbortSignal.timeout(timeoutMs) };
        try {
          return await find(service, name, options);
        } catch (error) {
          throw faultOf(error, options.signal.aborted);
        }
      }),
  };
}

async function find(service: ImageService, name: string, options: AskOptions): Promise<ShownImage> {
  const id = name.toLowerCase();
  if (isUuid(id)) return service.show(id, options);
  const [image, another] = await service.findByName(name, options);
  if (!image) throw unknownImage();
  if (another) throw conflict(`Multiple matches found for '${name}', use an ID to be more specific.`);
  return image;
}

const unknownImage = () => badRequest('Invalid image identifier or unable to access requested image.');

/** An image that is not there and one that the caller may not read are the same to the caller. */
function faultOf(error: unknown, timedOut: boolean): unknown {
  if (error instanceof FaultError) return error;
  const problem = error instanceof ImageServiceError ? error.problem : undefined;
  if (problem === 'not-found' || problem === 'forbidden' || problem === 'no-data') return unknownImage();
  if (problem === undefined && !timedOut) return error;
  // The client learns that the image service is away, the log why.
  return unavailable('The image service cannot be asked just now. Please try again.', { cause: error });
}
