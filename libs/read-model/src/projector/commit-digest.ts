import { factsSubject } from '@hearth/contracts';
import { bytesOf, type Commit, type LogMessage } from '@hearth/event-sourcing';
import { createHash, hash } from 'node:crypto';

/** SHA-256 of what is stored at a position of the log, as hex: every release says the same of it, whatever it reads out of it. */
export function messageDigest({ subject, sequence, bytes }: Omit<LogMessage, 'commitId'>): string {
  return createHash('sha256').update(`${subject}\n${sequence}\n`).update(bytes).digest('hex');
}

/** The digest of the message that a commit was read from; one that was made here counts as its canonical JSON. */
export function commitDigest(commit: Commit): string {
  const { stream, sequence } = commit;
  const bytes = bytesOf(commit) ?? Buffer.from(canonicalJson(commit));
  return messageDigest({ subject: factsSubject(stream), sequence, bytes });
}

/** SHA-256 that chains a commit's digest to the hash of all commits before it, as hex. */
export function chainHash(before: string, digest: string): string {
  return hash('sha256', before + digest);
}

/** The hash of a log without commits. */
export const emptyLogHash = '0'.repeat(64);

/** JSON with the fields of every object in alphabetical order, undefined ones left out. Every commit of a replay passes here. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let json = '{';
  for (const name of inOrder(Object.keys(fields))) {
    const field = fields[name];
    if (field === undefined) continue;
    if (json.length > 1) json += ',';
    json += `${quoted(name)}:${typeof field === 'number' ? String(field) : canonicalJson(field)}`;
  }
  return `${json}}`;
}

function inOrder(names: string[]): string[] {
  for (let at = 1; at < names.length; at += 1) if (names[at - 1]! > names[at]!) return names.sort();
  return names;
}

/** Names of fields are few and come again and again; those of metadata are tenants' and not kept. */
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const quoted = (name: string): string => (plainName.test(name) ? `"${name}"` : JSON.stringify(name));
