import type { ObjectWriter } from '@hearth/driver-api';
import { type VolumeId, poolParts } from '@hearth/kernel';
import { type Pool, objectOf } from './pool';

/**
 * Opens an object for writing once the pool is known to have room for the bytes that will come at least. Fills that run at once do not
 * count on the same bytes. Only what writes bytes asks: a clone does not fail for want of room that it does not need. Throws the
 * driver's errors, among them `full` with the number of bytes that are missing.
 */
export async function openWriterWithRoom(
  pool: Pool,
  {
    volumeId,
    sizeGib,
    dataBytes,
  }: { readonly volumeId: VolumeId; readonly sizeGib: number; readonly dataBytes: number },
): Promise<ObjectWriter> {
  const { driver, room } = pool.backend;
  const reservation = await room.reserve(poolParts(pool.ref).pool, dataBytes);
  try {
    return reservation.watch(await driver.openWriter(objectOf(pool, volumeId), sizeGib));
  } catch (error) {
    reservation.release();
    throw error;
  }
}
