import { type CacheEntry, type ImageCacheCommand, entryOf } from '@hearth/domain';
import { StoreUnavailableError, wasRefused } from '@hearth/event-sourcing';
import { untilStored } from '../host/until-stored';
import type { Pool } from '../pools/pool';

/** What a look leads to. */
type Finding = Extract<ImageCacheCommand, { do: 'RecordVerification' | 'RetireEntry' }>;

/**
 * Stores what a look at a copy has found, and says whether it was this look that found it: false when there was nothing to decide any
 * more, because another process has retired the copy and this one had not heard of it. Where the log's answer was lost, its state tells;
 * a copy that is gone from it by then was retired, and is taken for ours: better an alarm too many.
 */
export async function storeFinding(pool: Pool, finding: Finding, signal: AbortSignal): Promise<boolean> {
  let isInDoubt = false;
  const answer = await untilStored(signal, () =>
    pool.cache.submit(finding).catch((error: unknown) => {
      isInDoubt ||= error instanceof StoreUnavailableError;
      throw error;
    }),
  );
  if (!wasRefused(answer) && answer.events.length > 0) return true;
  if (!isInDoubt) return false;
  const generation = finding.do === 'RetireEntry' ? finding.generation : finding.found.generation;
  const entry = entryOf(pool.cache.state(), generation);
  return entry === undefined || isRecorded(finding, entry);
}

function isRecorded(finding: Finding, { retiredFor, mismatch, verifiedAt }: CacheEntry): boolean {
  if (finding.do === 'RetireEntry') return retiredFor === finding.reason;
  const { at, contentDigest } = finding.found;
  return mismatch ? mismatch.at === at && mismatch.contentDigest === contentDigest : verifiedAt === at;
}
