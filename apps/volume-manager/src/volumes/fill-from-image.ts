import type { CreateDecision, SignatureState } from '@hearth/contracts';
import { imageMetadata } from '@hearth/openstack-clients';
import type { Host } from '../host/host';
import { cacheStrategy } from '../strategies/cache.strategy';
import { downloadStrategy } from '../strategies/download.strategy';
import { driverCloneStrategy } from '../strategies/driver-clone.strategy';
import { imageVolumeCloneStrategy } from '../strategies/image-volume-clone.strategy';
import type { ImageWork, Made, Strategy } from '../strategies/strategy';
import type { CreateFailedError } from './create-failed.error';

/** Asked in this order; the last one never declines. */
function strategiesOf({ locationsOf, directUrlSchemes = ['cinder'] }: Host): readonly Strategy[] {
  return [
    ...(locationsOf && directUrlSchemes.includes('file') ? [driverCloneStrategy] : []),
    ...(locationsOf && directUrlSchemes.includes('cinder') ? [imageVolumeCloneStrategy] : []),
    ...[cacheStrategy, downloadStrategy],
  ];
}

/** Who declined, and why. */
export type Declined = CreateDecision['declined'];

/** A volume that holds an image, and what is to be said of that. */
export interface FilledFromImage {
  readonly decision: CreateDecision;
  readonly imageMetadata: Readonly<Record<string, string>>;
}

/**
 * Gives a volume an image's bytes by the first strategy that will; undefined while it waits for another's fill. Collects who declined.
 * Throws `CreateFailedError`.
 */
export async function fillFromImage(work: ImageWork, declined: Declined): Promise<FilledFromImage | undefined> {
  for (const strategy of strategiesOf(work.host)) {
    const answer = await strategy.attempt(work);
    if (answer.status === 'waiting') return undefined;
    if (answer.status === 'made') {
      return {
        decision: asDecision(strategy.name, answer.made, declined),
        imageMetadata: { ...imageMetadata(work.image), ...signatureStamp(answer.signature) },
      };
    }
    declined.push({ strategy: strategy.name, reason: answer.reason });
  }
  throw new Error(`no strategy made volume ${work.volume.id}: ${JSON.stringify(declined)}`);
}

/** The decision of work that has failed: nothing was moved that is worth telling. */
export function failedDecision({ decision }: CreateFailedError, declined: Declined): CreateDecision {
  const { strategy, ...known } = decision;
  return asDecision(strategy, { ...known, ...nothingMoved }, declined);
}

const nothingMoved = { cloneMethod: null, bytesDownloaded: 0, bytesWritten: 0, digest: null, durationsMs: {} } as const;

/**
 * As Cinder does, a volume tells whether its image's signature was verified; unlike there, one that was cloned does too. Nothing is said
 * where nobody looked.
 */
function signatureStamp(signature: SignatureState | undefined): Record<string, string> {
  if (signature === undefined || signature === 'unchecked') return {};
  return { signature_verified: signature === 'verified' ? 'True' : 'False' };
}

/** A download has the reason for which the strategy before it said no. */
function asDecision(strategy: CreateDecision['strategy'], made: Made, declined: Declined): CreateDecision {
  const reason = strategy === 'download' ? (declined.at(-1)?.reason ?? made.reason) : made.reason;
  return { ...made, reason, strategy, declined };
}
