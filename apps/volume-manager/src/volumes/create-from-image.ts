import type { CreateDecision, SignatureState } from '@hearth/contracts';
import { imageMetadata } from '@hearth/openstack-clients';
import { countDecision } from '../host/metrics';
import { untilStored } from '../host/until-stored';
import { cacheStrategy } from '../strategies/cache.strategy';
import { downloadStrategy } from '../strategies/download.strategy';
import type { ImageWork, Made, Strategy } from '../strategies/strategy';
import { CreateFailedError } from './create-failed.error';
import { giveUp } from './give-up';
import { settle, settleClaims } from './settle-claims';

/** Asked in this order; the last one never declines. */
const strategies: readonly Strategy[] = [cacheStrategy, downloadStrategy];

type Declined = CreateDecision['declined'];

/** Makes a volume from an image by the first strategy that will, and records the one decision of this create. */
export async function createFromImage(work: ImageWork): Promise<void> {
  const { host, pool, volume, image, signal } = work;
  const declined: Declined = [];
  try {
    const decided = await decide(work, declined);
    if (!decided) return;
    const { decision, signature } = decided;
    await untilStored(signal, () =>
      volume.record(host, {
        do: 'RecordProvisioned',
        pool: pool.ref,
        bootable: true,
        imageMetadata: { ...imageMetadata(image), ...signatureStamp(signature) },
        decision,
      }),
    );
    countDecision(pool.ref, decision);
    await settle(pool, volume);
  } catch (error) {
    if (!(error instanceof CreateFailedError)) throw error;
    await fail(work, error, declined);
  }
}

/** The decision, once the volume is made; undefined while the create waits for a fill. Collects who declined, and why. */
async function decide(
  work: ImageWork,
  declined: Declined,
): Promise<{ readonly decision: CreateDecision; readonly signature: SignatureState | undefined } | undefined> {
  for (const strategy of strategies) {
    const answer = await strategy.attempt(work);
    if (answer.status === 'waiting') return undefined;
    if (answer.status === 'made') {
      return { decision: asDecision(strategy.name, answer.made, declined), signature: answer.signature };
    }
    declined.push({ strategy: strategy.name, reason: answer.reason });
  }
  throw new Error(`no strategy made volume ${work.volume.id}: ${JSON.stringify(declined)}`);
}

/**
 * As Cinder does, a volume tells whether its image's signature was verified; unlike there, one that was cloned does too. Nothing is said
 * where nobody looked.
 */
function signatureStamp(signature: SignatureState | undefined): Record<string, string> {
  if (signature === undefined || signature === 'unchecked') return {};
  return { signature_verified: signature === 'verified' ? 'True' : 'False' };
}

/** A bypass has the reason for which the strategy before it said no. */
function asDecision(strategy: CreateDecision['strategy'], made: Made, declined: Declined): CreateDecision {
  const reason = made.outcome === 'bypass' ? (declined.at(-1)?.reason ?? made.reason) : made.reason;
  return { ...made, reason, strategy, declined };
}

/** Nothing was moved that is worth telling: the volume is not there. */
const nothingMoved = { cloneMethod: null, bytesDownloaded: 0, bytesWritten: 0, digest: null, durationsMs: {} } as const;

async function fail(work: ImageWork, error: CreateFailedError, declined: Declined): Promise<void> {
  const { host, pool, volume, image } = work;
  const { failure, decision } = error;
  host.log.error('a volume could not be made from its image', {
    volumeId: volume.id,
    imageId: image.id,
    pool: pool.ref,
    code: failure.code,
    error,
  });
  const { strategy, ...known } = decision;
  await giveUp(host, pool, volume, {
    failure,
    decision: asDecision(strategy, { ...known, ...nothingMoved }, declined),
  });
  await settleClaims(host, volume);
}
