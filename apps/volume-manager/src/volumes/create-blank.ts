import type { VolumeRequest } from '@hearth/domain';
import { blankFailure, encryptedVolumeOf, requireEncryption } from '../encryption/volume-encryption';
import { openWriterWithRoom } from '../pools/open-writer';
import { objectOf } from '../pools/pool';
import { giveUp } from './give-up';
import type { StepWork } from './step-work';

/** A volume without content; an encrypted one has its header. */
export async function createBlank(work: StepWork, request: VolumeRequest): Promise<void> {
  const { host, pool, volume, signal } = work;
  const { sizeGib, volumeId } = request;
  try {
    await make(work, request);
  } catch (error) {
    signal.throwIfAborted();
    host.log.error('a blank volume could not be made', { volumeId, pool: pool.ref, sizeGib, error });
    return giveUp(host, pool, volume, { failure: blankFailure(error, sizeGib), decision: null });
  }
  await volume.record(host, {
    do: 'RecordProvisioned',
    pool: pool.ref,
    bootable: false,
    imageMetadata: {},
    decision: null,
  });
}

async function make({ host, pool, signal }: StepWork, request: VolumeRequest): Promise<void> {
  const { sizeGib, volumeId } = request;
  const encrypted = encryptedVolumeOf(request);
  if (!encrypted) return pool.backend.driver.createBlank(objectOf(pool, volumeId), sizeGib);
  const encryption = requireEncryption(host.encryption);
  const dataBytes = encrypted.format.headerBytes;
  const object = await openWriterWithRoom(pool, { volumeId, sizeGib, dataBytes });
  await encryption.formatBlank(encrypted, object, signal);
}
