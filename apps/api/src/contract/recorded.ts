import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An exchange with a real Cinder 21.3.1, reduced to what the wire promises. */
export interface Recorded {
  readonly step: string;
  readonly request: {
    readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

const folder = join(__dirname, '__golden__');

/** All recorded exchanges, in the order in which they happened. */
export const recorded: readonly Recorded[] = readdirSync(folder)
  .sort()
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded);

/** What tenants write themselves. */
const dictionaries = ['metadata', 'volume_image_metadata'];

/** True where `found` has the form of `wanted`: keys in order, and kinds; null goes with anything, items with the first. */
export function sameShape(found: unknown, wanted: unknown): boolean {
  if (found === null || wanted === null) return true;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return false;
    return wanted.length === 0 || found.every((item) => sameShape(item, wanted[0]));
  }
  if (typeof wanted !== 'object') return typeof found === typeof wanted;
  if (typeof found !== 'object') return false;
  const names = Object.keys(wanted);
  const wantedMembers = wanted as Record<string, unknown>;
  const foundMembers = found as Record<string, unknown>;
  if (names.join() !== Object.keys(found).join()) return false;
  return names.every((name) => dictionaries.includes(name) || sameShape(foundMembers[name], wantedMembers[name]));
}
