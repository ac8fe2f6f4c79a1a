import type { RunProgram } from '@hearth/driver-api';
import { cloneByCopy, cloneByOverlay, cloneByReflink, cloneOverlay } from './clone-methods';
import type { FileCloneMethod } from './clone-probe';
import type { ObjectFiles, StoredObject } from './object-files';

/** A source and the files it lies among: those of the pool, or the snapshots of one object. */
export interface CloneSource {
  readonly object: StoredObject;
  readonly files: ObjectFiles;
}

export interface ClonePlan {
  readonly method: FileCloneMethod;
  /** What the target will be. */
  readonly format: StoredObject['format'];
  /** The raw file that the target will stand on. */
  readonly base: string | undefined;
  run(into: {
    readonly files: ObjectFiles;
    readonly run: RunProgram;
    readonly target: string;
    readonly sizeBytes: number;
  }): Promise<void>;
}

/**
 * How a source is cloned where clones are made by `method`. A clone of an overlay is one over the same base where overlays are wanted, and
 * is flattened elsewhere; chains never grow. `whole`: nothing but a raw file of its own will do.
 */
export function planClone(
  { object, files }: CloneSource,
  method: FileCloneMethod,
  { whole = false }: { readonly whole?: boolean } = {},
): ClonePlan {
  const source = object;
  const wantsOverlay = method === 'overlay' && !whole;
  if (source.format === 'overlay' && wantsOverlay) {
    const base = files.path(source.name, 'base');
    const run: ClonePlan['run'] = (into) => cloneOverlay({ ...into, source, sourceBase: base });
    return { method: 'overlay', format: 'overlay', base, run };
  }
  if (source.format === 'raw' && wantsOverlay) {
    return { method, format: 'overlay', base: source.path, run: (into) => cloneByOverlay({ ...into, source }) };
  }
  if (source.format === 'raw' && method === 'reflink') {
    return { method, format: 'raw', base: undefined, run: (into) => cloneByReflink({ ...into, source }) };
  }
  return { method: 'copy', format: 'raw', base: undefined, run: (into) => cloneByCopy({ ...into, source }) };
}
