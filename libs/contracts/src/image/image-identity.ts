import { isStorable } from '@hearth/kernel';
import { z } from 'zod';
import { bytesField } from '../fields';

/**
 * What the image service said of an image when a request was accepted; it travels with the request, so that a host never asks
 * on a tenant's behalf. Fields as in Glance v2, sizes in bytes, `minDiskGib` in GiB and `minRamMib` in MiB.
 */
export const imageIdentitySchema = z.object({
  id: z.uuid(),
  name: z.string().nullable(),
  /** ISO 8601; moves on any edit of the record, so it never decides whether a copy is still good when a hash is known. */
  updatedAt: z.string(),
  osHashAlgo: z.string().nullable(),
  osHashValue: z.string().nullable(),
  /** MD5, hexadecimal. */
  checksum: z.string().nullable(),
  sizeBytes: bytesField,
  virtualSizeBytes: bytesField.nullable(),
  diskFormat: z.string(),
  containerFormat: z.string(),
  visibility: z.string(),
  owner: z.string().nullable(),
  minDiskGib: z.int().min(0),
  minRamMib: z.int().min(0),
  /** Custom properties that are copied to a volume's image metadata. */
  properties: z.record(z.string(), z.string()),
});

export type ImageIdentity = Readonly<z.infer<typeof imageIdentitySchema>>;

/**
 * What an image's properties may take, as bytes of JSON. They are stored with the request of a volume, with the entry of the cache that is
 * filled for it and with the volume itself, each time in one commit with other things.
 */
export const imagePropertiesBytesMax = 128 * 1024;

const utf8 = new TextEncoder();

/** False for an image of whose properties a commit could not hold all. */
export function arePropertiesStorable({ properties }: Pick<ImageIdentity, 'properties'>): boolean {
  return utf8.encode(JSON.stringify(properties)).length <= imagePropertiesBytesMax;
}

/** What reads facts passes over a key of this name, for JavaScript takes it for something else. */
const unstorableName = '__proto__';

/** False also where the log would not keep a name or text of the image: what an owner has written is not always text. */
export function isImageStorable(image: Pick<ImageIdentity, 'name' | 'properties'>): boolean {
  const { name, properties } = image;
  const texts = [name ?? '', ...Object.entries(properties).flat()];
  return arePropertiesStorable(image) && !Object.hasOwn(properties, unstorableName) && texts.every(isStorable);
}
