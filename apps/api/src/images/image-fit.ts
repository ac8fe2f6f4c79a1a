import { badRequest, FaultError, invalidInput, isStorable } from '@hearth/cinder-v3';
import { arePropertiesStorable, imagePropertiesBytesMax } from '@hearth/contracts';
import { gibToHold } from '@hearth/kernel';
import type { ShownImage } from '@hearth/openstack-clients';

/**
 * Whether an image may become a volume of this size, in the order in which Cinder looks. Sizes in GiB, which its sentences call
 * GB. Throws a fault of 400.
 */
export function checkImageFits({ status, identity }: ShownImage, sizeGib: number): void {
  const { id, sizeBytes, minDiskGib, virtualSizeBytes } = identity;
  if (status !== 'active') throw invalidInput(`Image ${id} is not active.`);
  const imageGib = gibToHold(sizeBytes);
  if (imageGib > sizeGib) {
    throw invalidInput(`Size of specified image ${imageGib}GB is larger than volume size ${sizeGib}GB.`);
  }
  if (minDiskGib > sizeGib) {
    throw invalidInput(`Volume size ${sizeGib}GB cannot be smaller than the image minDisk size ${minDiskGib}GB.`);
  }
  const virtualGib = gibToHold(virtualSizeBytes ?? 0);
  if (virtualGib > sizeGib) {
    throw badRequest(
      `Image ${id} is unacceptable: Image virtual size is ${virtualGib}GB and doesn't fit in a volume of size ${sizeGib}GB.`,
    );
  }
  checkTexts(identity, id);
  if (!arePropertiesStorable(identity)) {
    throw invalidInput(
      `Image ${id} has more properties than a volume can keep: together they may take ${imagePropertiesBytesMax} bytes.`,
    );
  }
}

/** An image's owner writes its name and properties; what cannot be stored must not get into the log. */
function checkTexts(value: unknown, imageId: string): void {
  if (typeof value === 'string' && !isStorable(value)) throw unstorable(imageId);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    if (!isStorable(name)) throw unstorable(imageId);
    checkTexts(item, imageId);
  }
}

const unstorable = (imageId: string): FaultError =>
  invalidInput(`Image ${imageId} has a name or property with a character that cannot be stored.`);
