import { DriverError } from '@hearth/driver-api';

/**
 * The files that one object consists of. The format is told by the file's name and never by its content: a guest writes the
 * content, and may write a qcow2 header into a raw disk.
 *
 * - `volume-<id>`          a whole object, raw
 * - `volume-<id>.qcow2`    a whole object, an overlay over `volume-<id>.base`
 * - `volume-<id>.base`     a hard link to the raw file that the object was cloned from
 * - `volume-<id>.partial`  work in progress, or what a crash left of it
 * - `volume-<id>.snapshots`    a directory with the object's snapshots: `snapshot-<id>` and its parts, named alike
 * - `volume-<id>.connections`  a directory with one empty file for each attachment, and for each port that is promised
 *
 * Where both a raw file and an overlay are there, the raw file is the object, and the overlay is what a crash left.
 */
export const partSuffixes = {
  overlay: '.qcow2',
  base: '.base',
  partial: '.partial',
  snapshots: '.snapshots',
  connections: '.connections',
} as const;

/** What the name of an object, or of a snapshot, begins with. */
export type ObjectKind = 'volume' | 'snapshot';

export type ObjectPart = 'raw' | keyof typeof partSuffixes;

const patterns: Readonly<Record<ObjectKind, RegExp>> = {
  volume: /^volume-[A-Za-z0-9_.-]+$/,
  snapshot: /^snapshot-[A-Za-z0-9_.-]+$/,
};
/** What file systems allow for a name, less the longest suffix. */
const charactersMax = 255 - partSuffixes.connections.length;

/** The name, or a `DriverError` when it could name anything but an object (or a snapshot) of ours. */
export function requireObjectName(name: string, kind: ObjectKind = 'volume'): string {
  const flaw = flawOf(name, kind);
  if (flaw === undefined) return name;
  const what = kind === 'volume' ? 'object' : kind;
  throw new DriverError('failed', `${what} name ${JSON.stringify(name.slice(0, 300))} is refused: ${flaw}`);
}

/** Which object a file of the directory belongs to; undefined for a file that is none of ours. */
export function objectOfFile(
  fileName: string,
  kind: ObjectKind = 'volume',
): { readonly name: string; readonly part: ObjectPart } | undefined {
  const suffix = suffixOf(fileName);
  const name = suffix ? fileName.slice(0, -partSuffixes[suffix].length) : fileName;
  return flawOf(name, kind) === undefined ? { name, part: suffix ?? 'raw' } : undefined;
}

function flawOf(name: string, kind: ObjectKind): string | undefined {
  if (name.length > charactersMax) return `it has more than ${charactersMax} characters`;
  if (!patterns[kind].test(name)) return `it must be '${kind}-' and then letters, digits, '-', '_' and '.'`;
  const suffix = suffixOf(name);
  return suffix && `names that end in '${partSuffixes[suffix]}' are kept for the parts of an object`;
}

function suffixOf(name: string): keyof typeof partSuffixes | undefined {
  const suffixes = Object.keys(partSuffixes) as (keyof typeof partSuffixes)[];
  return suffixes.find((suffix) => name.endsWith(partSuffixes[suffix]));
}
