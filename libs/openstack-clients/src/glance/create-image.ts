import type { AskOptions } from './image-service';

/** An image's record that is to be made, before its bytes. */
export interface NewImage {
  readonly name: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  /** Undefined: as the image service has it. */
  readonly visibility: string | undefined;
  readonly protected: boolean | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

/** A record that was made; `queued` until its bytes are there. */
export interface CreatedImage {
  readonly id: string;
  readonly name: string | null;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly visibility: string;
  readonly protected: boolean;
  /** The project that it belongs to. */
  readonly owner: string | null;
}

/** Making images' records with a caller's own rights. Every method throws `ImageUploadError`, whose message a caller may read. */
export interface ImageRecords {
  create(image: NewImage, options: AskOptions): Promise<CreatedImage>;
  /** Takes a record back that nothing came of; one that is not there is success. */
  remove(image: CreatedImage, options: AskOptions): Promise<void>;
}

/** Keys of volume_image_metadata that say what the volume was made from, not how to use it (`glance_core_properties`). */
const core = [
  'checksum',
  'container_format',
  'disk_format',
  'image_name',
  'image_id',
  'min_disk',
  'min_ram',
  'name',
  'size',
];
/** Cinder's reserved namespaces, and what a volume's first image was encrypted with: they are about another image's bytes. */
const reserved = ['os_glance', 'img_signature', 'signature_verified', 'cinder_encryption_key'];
/** What an image has of its own and no property may be called. */
const own = [
  ...['id', 'status', 'owner', 'visibility', 'protected', 'tags', 'os_hidden', 'os_hash_algo', 'os_hash_value'],
  ...['virtual_size', 'created_at', 'updated_at', 'locations', 'direct_url', 'file', 'self', 'schema', 'stores'],
];

/** The properties that an image gets from the volume_image_metadata of the volume that it is made of. */
export function propertiesOfVolume(imageMetadata: Readonly<Record<string, string>>): Record<string, string> {
  const isOwn = (key: string) => core.includes(key) || own.includes(key);
  const isReserved = (key: string) => reserved.some((prefix) => key.startsWith(prefix));
  return Object.fromEntries(Object.entries(imageMetadata).filter(([key]) => !isOwn(key) && !isReserved(key)));
}
