import type { VolumeRequest } from '@hearth/domain';
import type { Host } from '../host/host';
import { type Pool, objectOf } from '../pools/pool';
import { driverFailure } from './driver-failure';
import { giveUp } from './give-up';
import type { KnownVolume } from './known-volume';

/** A volume without content. */
export async function createBlank(host: Host, pool: Pool, volume: KnownVolume, request: VolumeRequest): Promise<void> {
  const { sizeGib, volumeId } = request;
  try {
    await pool.backend.driver.createBlank(objectOf(pool, volumeId), sizeGib);
  } catch (error) {
    host.log.error('a blank volume could not be made', { volumeId, pool: pool.ref, sizeGib, error });
    const failure = driverFailure(error, `make a volume of ${sizeGib} GiB`);
    return giveUp(host, pool, volume, { failure, decision: null });
  }
  await volume.record(host, {
    do: 'RecordProvisioned',
    pool: pool.ref,
    bootable: false,
    imageMetadata: {},
    decision: null,
  });
}
