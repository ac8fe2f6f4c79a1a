import { DriverError } from '@hearth/driver-api';

/**
 * The files that one object consists of. The format is told by the file's name and never by its content: a guest writes the
 * content, and may write a qcow2 header into a raw disk.
 *
 * - `volume-<id>`          a whole object, raw
 * - `volume-<id>.qcow2`    a whole object, an overlay over `volume-<id>.base`
 * - `volume-<id>.base`     a hard link to the raw file that the object was cloned from
 * - `volume-<id>.partial`  work in progress, or what a crash left of it
 */
export const partSuffixes = { overlay: '.qcow2', base: '.base', partial: '.partial' } as const;

export type ObjectPart = 'raw' | keyof typeof partSuffixes;

const pattern = /^volume-[A-Za-z0-9_.-]+$/;
/** What file systems allow for a name, less the longest suffix. */
const charactersMax = 255 - partSuffixes.partial.length;

/** The name, or a `DriverError` when it could name anything but an object of ours. */
export function requireObjectName(name: string): string {
  const flaw = flawOf(name);
  if (flaw === undefined) return name;
  throw new DriverError('failed', `object name ${JSON.stringify(name.slice(0, 300))} is refused: ${flaw}`);
}

/** Which object a file of the directory belongs to; undefined for a file that is none of ours. */
export function objectOfFile(fileName: string): { readonly name: string; readonly part: ObjectPart } | undefined {
  const suffix = suffixOf(fileName);
  const name = suffix ? fileName.slice(0, -partSuffixes[suffix].length) : fileName;
  return flawOf(name) === undefined ? { name, part: suffix ?? 'raw' } : undefined;
}

function flawOf(name: string): string | undefined {
  if (name.length > charactersMax) return `it has more than ${charactersMax} characters`;
  if (!pattern.test(name)) return `it must be 'volume-' and then letters, digits, '-', '_' and '.'`;
  const suffix = suffixOf(name);
  return suffix && `names that end in '${partSuffixes[suffix]}' are kept for the parts of an object`;
}

function suffixOf(name: string): keyof typeof partSuffixes | undefined {
  const suffixes = Object.keys(partSuffixes) as (keyof typeof partSuffixes)[];
  return suffixes.find((suffix) => name.endsWith(partSuffixes[suffix]));
}
