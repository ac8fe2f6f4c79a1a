import { type ImageUpload, ImageUploadError } from '@hearth/openstack-clients';

export interface WithdrawOptions {
  readonly images: ImageUpload;
  readonly signal: AbortSignal;
  /** What bytes it has are known to be of no use either. */
  readonly evenActive?: boolean;
}

/** Statuses of a record that never got its bytes, or not all of them. */
const unfinished = ['queued', 'saving', 'uploading', 'importing'];

/**
 * Removes the record of an image whose bytes did not come: it is of no use to anybody. True when there is no image any more; one that has
 * bytes stays. Throws `ImageUploadError` when that cannot be told, or done.
 */
export async function withdrawImage(
  imageId: string,
  { images, signal, evenActive = false }: WithdrawOptions,
): Promise<boolean> {
  let status: string;
  try {
    ({ status } = await images.show(imageId, { signal }));
  } catch (error) {
    if (error instanceof ImageUploadError && error.problem === 'not-found') return true;
    throw error;
  }
  if (!evenActive && !unfinished.includes(status)) return false;
  await images.remove(imageId, { signal });
  return true;
}
