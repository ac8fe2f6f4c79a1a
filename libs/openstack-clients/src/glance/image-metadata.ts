import type { ImageIdentity } from '@hearth/contracts';

/** Namespaces of properties that are about the image service's own affairs and never copied (Cinder's reserved ones). */
const reserved = ['os_glance', 'img_signature', 'signature_verified'];

/**
 * What a volume made from an image shows as `volume_image_metadata`: the image's custom properties, and on top of them its id,
 * name and core properties, all as texts; what is null is left out. Hashes, visibility, owner and virtual size are not copied.
 */
export function imageMetadata(image: ImageIdentity): Record<string, string> {
  const own = Object.entries(image.properties).filter(([key]) => !reserved.some((prefix) => key.startsWith(prefix)));
  const core: Record<string, string | number | null> = {
    image_id: image.id,
    image_name: image.name,
    checksum: image.checksum,
    container_format: image.containerFormat,
    disk_format: image.diskFormat,
    min_disk: image.minDiskGib,
    min_ram: image.minRamMib,
    size: image.sizeBytes,
  };
  const known = Object.entries(core).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]));
  return Object.fromEntries([...own, ...known]);
}
