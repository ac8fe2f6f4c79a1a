import type { ObjectExtent, RunProgram } from '@hearth/driver-api';
import type { BlockWindow } from './block-map';
import { BlockWindows } from './block-windows';

/** Holes smaller than this do not part two extents: a reader loses more by stopping than by reading zeros. */
const holeBytesMin = 64 * 1024;

/** Where an object may hold something else than zeros, ascending, window by window. */
export async function* dataExtents(
  sizeBytes: number,
  windowAt: (offset: number) => Promise<BlockWindow>,
): AsyncGenerator<ObjectExtent> {
  let found: { readonly offset: number; length: number } | undefined;
  for (let at = 0; at < sizeBytes;) {
    const window = await windowAt(at);
    for (const { start, length, stored } of window.blocks) {
      if (stored === 'zeros') continue;
      if (found && start - (found.offset + found.length) < holeBytesMin) {
        found.length = start + length - found.offset;
        continue;
      }
      if (found) yield found;
      found = { offset: start, length };
    }
    at = window.end;
  }
  if (found) yield found;
}

export interface RawFile {
  /** An open descriptor of this process, good for reading. */
  readonly descriptor: number;
  readonly sizeBytes: number;
}

export interface RawFileExtentsOptions {
  readonly run: RunProgram;
  readonly signal: AbortSignal;
  /** Hears why the file's holes are not known: then all of it counts as data. */
  onBlind(reason: Error): void;
}

/**
 * Where a raw file of this process holds data, as its file system says; `qemu-img map` is what asks. The file's bytes are looked at by
 * nobody. Throws the signal's reason.
 */
export async function* rawFileExtents(
  { descriptor, sizeBytes }: RawFile,
  { run, signal, onBlind }: RawFileExtentsOptions,
): AsyncGenerator<ObjectExtent> {
  signal.throwIfAborted();
  const windows = new BlockWindows({ files: { format: 'raw', own: descriptor }, sizeBytes, run, onBlind });
  const onAbort = () => windows.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    yield* dataExtents(sizeBytes, (offset) => windows.at(offset));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    windows.close();
  }
}
