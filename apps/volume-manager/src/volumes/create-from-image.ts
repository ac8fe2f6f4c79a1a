import type { CreateDecision } from '@hearth/contracts';
import { imageMetadata } from '@hearth/openstack-clients';
import { cacheStrategy } from '../strategies/cache.strategy';
import { downloadStrategy } from '../strategies/download.strategy';
import type { ImageWork, Made, Strategy } from '../strategies/strategy';
import { objectOf } from '../pools/pool';
import { CreateFailedError } from './create-failed.error';
import { record } from './known-volume';
import { settle } from './settle-claims';

/** Asked in this order; the last one never declines. */
const strategies: readonly Strategy[] = [cacheStrategy, downloadStrategy];

/** Makes a volume from an image by the first strategy that will, and records the one decision of this create. */
export async function createFromImage(work: ImageWork): Promise<void> {
  const { host, pool, volume, image } = work;
  try {
    const decision = await decide(work);
    if (!decision) return;
    await record(host, volume, {
      do: 'RecordProvisioned',
      pool: pool.ref,
      bootable: true,
      imageMetadata: imageMetadata(image),
      decision,
    });
    await settle(pool, volume, true);
  } catch (error) {
    if (!(error instanceof CreateFailedError)) throw error;
    await fail(work, error);
  }
}

/** The decision, once the volume is made; undefined while the create waits for a fill. */
async function decide(work: ImageWork): Promise<CreateDecision | undefined> {
  const declined: CreateDecision['declined'] = [];
  for (const strategy of strategies) {
    const answer = await strategy.attempt(work);
    if (answer.status === 'waiting') return undefined;
    if (answer.status === 'made') return asDecision(strategy, answer.made, declined);
    declined.push({ strategy: strategy.name, reason: answer.reason });
  }
  throw new Error(`no strategy made volume ${work.volume.id}: ${JSON.stringify(declined)}`);
}

function asDecision({ name }: Strategy, made: Made, declined: CreateDecision['declined']): CreateDecision {
  const reason = made.outcome === 'bypass' ? (declined.at(-1)?.reason ?? made.reason) : made.reason;
  return { ...made, reason, strategy: name, declined };
}

/** Leaves nothing on the pool, then lets the volume decide whether another pool gets its chance. */
async function fail(work: ImageWork, error: CreateFailedError): Promise<void> {
  const { host, pool, volume } = work;
  const { failure, decision } = error;
  host.log.error('a volume could not be made from its image', {
    volumeId: volume.id,
    imageId: work.image.id,
    pool: pool.ref,
    code: failure.code,
    error,
  });
  await pool.backend.driver.remove(objectOf(pool, volume.id)).catch((cause: unknown) => {
    host.log.warn('what a failed create left on the pool could not be removed; deleting the volume will', {
      volumeId: volume.id,
      error: cause,
    });
  });
  await record(host, volume, {
    do: 'RecordCreateFailure',
    pool: pool.ref,
    failure,
    decision: decision && {
      ...decision,
      declined: [],
      cloneMethod: null,
      bytesDownloaded: 0,
      bytesWritten: 0,
      digest: null,
      durationsMs: {},
    },
  });
  await settle(pool, volume, false);
}
