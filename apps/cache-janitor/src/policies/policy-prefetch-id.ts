import { createHash } from 'node:crypto';

/**
 * The id of a prefetch that a policy asks for: a UUID of version 8 (RFC 9562), of which one half says whose it is. So what a policy has
 * brought into a cache is known by the entry alone, as long as the entry is there. `unique`: any text that no other prefetch of the policy
 * has.
 */
export function policyPrefetchId(policyId: string, unique: string): string {
  const bytes = Buffer.concat([digest(policyId), digest(unique)]);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whether a policy asked for a prefetch, by the prefetch's id. */
export function isPrefetchOf(policyId: string, prefetchId: string): boolean {
  return prefetchId.slice(0, 18) === policyPrefetchId(policyId, '').slice(0, 18);
}

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest().subarray(0, 8);
