import type { ImageIdentity } from '@hearth/contracts';
import { z } from 'zod';
import type { ShownImage } from './image-service';

const text = z.string().nullish();
const count = z.int().min(0).nullish();
/** Read by the image service in a file that anybody may have written: exabytes are no nonsense of its own, only more than there is. */
const claimed = z
  .number()
  .min(0)
  .transform((bytes) => Math.min(Math.floor(bytes), Number.MAX_SAFE_INTEGER))
  .nullish();

/** An image as Glance v2 shows it; what is not named here is a property of its own. */
export const glanceRecordSchema = z.looseObject({
  id: z.uuid(),
  status: z.string(),
  updated_at: z.string(),
  created_at: text,
  name: text,
  os_hash_algo: text,
  os_hash_value: text,
  checksum: text,
  /** Bytes; null before there is data. */
  size: count,
  virtual_size: claimed,
  disk_format: text,
  container_format: text,
  visibility: text,
  owner: text,
  /** GiB. */
  min_disk: count,
  /** MiB. */
  min_ram: count,
});

export type GlanceRecord = z.infer<typeof glanceRecordSchema>;

/** Keys of Glance's own beside those of the schema. */
const furtherKeys = ['protected', 'tags', 'file', 'self', 'schema', 'locations', 'direct_url', 'os_hidden', 'stores'];

export function shownImage(record: GlanceRecord): ShownImage {
  const identity: ImageIdentity = {
    id: record.id,
    name: record.name ?? null,
    updatedAt: record.updated_at,
    osHashAlgo: record.os_hash_algo ?? null,
    osHashValue: record.os_hash_value ?? null,
    checksum: record.checksum ?? null,
    sizeBytes: record.size ?? 0,
    virtualSizeBytes: record.virtual_size ?? null,
    diskFormat: record.disk_format ?? '',
    containerFormat: record.container_format ?? '',
    visibility: record.visibility ?? 'private',
    owner: record.owner ?? null,
    minDiskGib: record.min_disk ?? 0,
    minRamMib: record.min_ram ?? 0,
    properties: propertiesOf(record),
  };
  return { status: record.status, identity };
}

/** Custom properties are flat texts; `os_glance_*` is Glance's own book-keeping. */
function propertiesOf(record: GlanceRecord): Readonly<Record<string, string>> {
  const own = Object.entries(record).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      !Object.hasOwn(glanceRecordSchema.shape, entry[0]) &&
      !furtherKeys.includes(entry[0]) &&
      !entry[0].startsWith('os_glance'),
  );
  return Object.fromEntries(own);
}
