import { countDecision } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import type { ImageWork } from '../strategies/strategy';
import { CreateFailedError } from './create-failed.error';
import { type Declined, failedDecision, fillFromImage } from './fill-from-image';
import { giveUp } from './give-up';
import { settle, settleClaims } from './settle-claims';

/** Makes a volume from an image, and records the one decision of this create. */
export async function createFromImage(work: ImageWork): Promise<void> {
  const { host, pool, volume, signal } = work;
  const declined: Declined = [];
  try {
    const filled = await fillFromImage(work, declined);
    if (!filled) return;
    await untilStored(signal, () =>
      volume.record(host, { do: 'RecordProvisioned', pool: pool.ref, bootable: true, ...filled }),
    );
    // Not where an administrator has given the work up meanwhile.
    if (volume.ended?.succeeded) countDecision(pool.ref, filled.decision);
    await settle(host, pool, volume);
  } catch (error) {
    if (!(error instanceof CreateFailedError)) throw error;
    await fail(work, error, declined);
  }
}

async function fail(work: ImageWork, error: CreateFailedError, declined: Declined): Promise<void> {
  const { host, pool, volume, image } = work;
  const { failure } = error;
  host.log.error('a volume could not be made from its image', {
    volumeId: volume.id,
    imageId: image.id,
    pool: pool.ref,
    code: failure.code,
    error,
  });
  await giveUp(host, pool, volume, { failure, decision: failedDecision(error, declined) });
  await settleClaims(host, volume);
}
