import type { ImageIdentity } from '@hearth/contracts';
import { isUuid } from '@hearth/kernel';

/**
 * The snapshot that a boot disk was saved as, where an image is no bytes but Nova's list of such snapshots (`block_device_mapping`);
 * undefined for every other image.
 */
export function bootSnapshotOf({ properties }: Pick<ImageIdentity, 'properties'>): string | undefined {
  const mapping = properties['block_device_mapping'];
  if (mapping === undefined) return undefined;
  const boot = devicesIn(mapping).find((device) => device['source_type'] === 'snapshot' && device['boot_index'] === 0);
  const id = boot?.['snapshot_id'];
  return typeof id === 'string' && isUuid(id) ? id : undefined;
}

function devicesIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const devices: unknown = JSON.parse(text);
    if (!Array.isArray(devices)) return [];
    return devices.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null);
  } catch {
    return [];
  }
}
