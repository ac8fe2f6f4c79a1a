import type { CacheRules } from '@hearth/contracts';
import { secondsBetween } from '@hearth/kernel';
import type { CacheEntry } from '../image-cache/image-cache.state';

export type AgeingRules = Pick<
  CacheRules,
  'ttlSeconds' | 'removeUnused' | 'minimumAgeSeconds' | 'resizedMinimumAgeSeconds' | 'graceSeconds'
>;

/** Seconds since its last use; undefined where the facts do not say when that was. */
export function unusedSeconds({ lastUsedAt }: CacheEntry, now: string): number | undefined {
  return lastUsedAt === undefined ? undefined : secondsBetween(lastUsedAt, now);
}

/** It was not used for as long as an entry may be at the most. */
export function isExpired(entry: CacheEntry, { ttlSeconds }: Pick<AgeingRules, 'ttlSeconds'>, now: string): boolean {
  const seconds = unusedSeconds(entry, now);
  return ttlSeconds > 0 && seconds !== undefined && seconds >= ttlSeconds;
}

/**
 * No volume depends on it, and it has its minimum age, counted from its last use as Nova counts from when a base image was last seen in
 * use. Nova has two ages: for what it downloaded, and for what it made from that in another size and can make again. Here every volume is
 * a clone that is grown, so the shorter age is that of an entry from which no volume was made in the image's own size: only `resized`
 * ones. An entry that made no volume at all, one that was prefetched say, has the longer age.
 */
export function isUnused(entry: CacheEntry, rules: AgeingRules, now: string): boolean {
  if (!rules.removeUnused || entry.dependants > 0) return false;
  const age = isResizedOnly(entry) ? rules.resizedMinimumAgeSeconds : rules.minimumAgeSeconds;
  const seconds = unusedSeconds(entry, now);
  return seconds !== undefined && seconds >= age;
}

/** All volumes that were made from it were grown. */
export function isResizedOnly({ uses, ungrownUses }: CacheEntry): boolean {
  return uses > 0 && ungrownUses === 0;
}

/** Its image is gone, or out of sight, for longer than the grace period. */
export function isPastGrace(
  { suspended }: CacheEntry,
  { graceSeconds }: Pick<AgeingRules, 'graceSeconds'>,
  now: string,
): boolean {
  if (!suspended || suspended.cause === 'deactivated') return false;
  return secondsBetween(suspended.at, now) >= graceSeconds;
}
