import type { RunProgram } from '@hearth/driver-api';
import { ProgramError } from '../run-program';
import { type Block, type BlockWindow, type HeldFiles, mapBlocks } from './block-map';

const mib = 2 ** 20;
const windowBytesMax = 64 * 1024 * mib;
/** So many blocks of 4 KiB as `qemu-img` describes in 10 MiB. */
const windowBytesMin = 256 * mib;
const windowsKept = 4;

export interface BlockWindowsOptions {
  readonly files: HeldFiles;
  readonly sizeBytes: number;
  readonly run: RunProgram;
  /** Hears why a raw file's holes are not known. */
  onBlind(reason: Error): void;
}

/**
 * How an object is stored, asked for window by window: the whole map of a large and fragmented object would fill our memory.
 * A window whose map is too large is halved, down to 256 MiB. Of a raw file whose map cannot be had, all counts as data: that
 * is right, only slower.
 */
export class BlockWindows {
  readonly #ending = new AbortController();
  #windowBytes = windowBytesMax;
  #isBlind = false;
  #kept: BlockWindow[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: BlockWindowsOptions) {}

  /** The window in which the offset lies. One is asked for at a time, so that readers side by side share it. */
  async at(offset: number): Promise<BlockWindow> {
    const known = this.#find(offset);
    if (known) return known;
    const turn = this.#last.then(async () => this.#find(offset) ?? this.#keep(await this.#load(offset)));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Ends what is being asked. */
  close(): void {
    this.#ending.abort();
    this.#kept = [];
  }

  #find(offset: number): BlockWindow | undefined {
    return this.#kept.find(({ start, end }) => start <= offset && offset < end);
  }

  #keep(window: BlockWindow): BlockWindow {
    this.#kept = [window, ...this.#kept.slice(0, windowsKept - 1)];
    return window;
  }

  async #load(offset: number): Promise<BlockWindow> {
    const { files, sizeBytes, run, onBlind } = this.options;
    while (true) {
      const start = offset - (offset % this.#windowBytes);
      const range = { start, end: Math.min(start + this.#windowBytes, sizeBytes) };
      if (this.#isBlind) return allData(range);
      try {
        return await mapBlocks(files, range, run, this.#ending.signal);
      } catch (error) {
        if (this.#ending.signal.aborted) throw error;
        const isTooLarge = error instanceof ProgramError && error.ending === 'too-much-output';
        if (isTooLarge && this.#windowBytes > windowBytesMin) this.#windowBytes /= 2;
        else if (files.format === 'overlay') throw error;
        else {
          this.#isBlind = true;
          onBlind(error as Error);
        }
      }
    }
  }
}

function allData({ start, end }: { readonly start: number; readonly end: number }): BlockWindow {
  const block: Block = { start, length: end - start, stored: { depth: 0, offset: start } };
  return { start, end, blocks: [block] };
}
