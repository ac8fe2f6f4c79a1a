import { DriverError } from '@hearth/driver-api';
import type { Host } from '../host/host';
import { type Pool, objectOf } from '../pools/pool';
import { driverFailure } from './driver-failure';
import type { KnownVolume } from './known-volume';
import { settleClaims } from './settle-claims';

/** Removes the volume's object; a backend that is away is asked again later, anything else it says ends in error_deleting. */
export async function deleteFromPool(host: Host, pool: Pool, volume: KnownVolume): Promise<void> {
  try {
    await pool.backend.driver.remove(objectOf(pool, volume.id));
  } catch (error) {
    if (error instanceof DriverError && error.code === 'unavailable') throw error;
    host.log.error('a volume could not be removed from its pool', { volumeId: volume.id, pool: pool.ref, error });
    await volume.record(host, { do: 'RecordDeletionFailure', failure: driverFailure(error, 'remove the volume') });
    return;
  }
  await volume.record(host, { do: 'RecordDeleted' });
  await settleClaims(host, volume);
}
