import type { Commit } from '@hearth/event-sourcing';
import { createHash } from 'node:crypto';

/** SHA-256 of a commit's content, as hex: the same for the same fact, in whatever order its fields were read. */
export function commitDigest(commit: Commit): string {
  return createHash('sha256').update(canonicalJson(commit)).digest('hex');
}

/** SHA-256 that chains a commit's digest to the hash of all commits before it, as hex. */
export function chainHash(before: string, digest: string): string {
  return createHash('sha256').update(before).update(digest).digest('hex');
}

/** The hash of a log without commits. */
export const emptyLogHash = '0'.repeat(64);

/** JSON with the fields of every object in alphabetical order, undefined ones left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = value as Readonly<Record<string, unknown>>;
  let json = '';
  for (const name of Object.keys(fields).sort()) {
    if (fields[name] === undefined) continue;
    json += `${json === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(fields[name])}`;
  }
  return `{${json}}`;
}
