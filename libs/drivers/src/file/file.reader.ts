import { type DriverLog, DriverError, type ObjectExtent, type ObjectReader, type RunProgram } from '@hearth/driver-api';
import type { Block, BlockWindow } from './block-map';
import { BlockWindows } from './block-windows';
import { dataExtents } from './data-extents';
import { driverErrorFrom } from './file.errors';
import type { HeldObject } from './held-object';

export interface ReaderWork {
  readonly held: HeldObject;
  readonly run: RunProgram;
  readonly log: DriverLog;
  onClose(): void;
}

/**
 * Reads an object as a guest would: a raw file as it is, an overlay together with its base. Where data lies is what the file system
 * says of holes, and is asked of `qemu-img`; without it, all of a raw file counts as data.
 *
 * Reads of whole pages into memory that begins at one go past the page cache and show what the device holds; others go through it,
 * and show bytes that went bad on the device only when they are no longer cached.
 */
export class FileReader implements ObjectReader {
  readonly sizeBytes: number;
  readonly #windows: BlockWindows;
  #closing: Promise<void> | undefined;

  constructor(private readonly work: ReaderWork) {
    const { held, run, log } = work;
    this.sizeBytes = held.sizeBytes;
    const onBlind = ({ message }: Error) =>
      log.warn('cannot tell where the data of an object lies; all of it is read', {
        object: held.name,
        error: message,
      });
    this.#windows = new BlockWindows({ files: held.files, sizeBytes: held.sizeBytes, run, onBlind });
  }

  extents(): AsyncIterable<ObjectExtent> {
    return dataExtents(this.sizeBytes, (offset) => this.#doing(() => this.#windows.at(offset)));
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + target.length > this.sizeBytes) {
      const range = `${target.length} bytes at ${offset}`;
      throw this.#failed(`${this.work.held.name} has ${this.sizeBytes} bytes, not ${range}`);
    }
    await this.#doing(async () => {
      if (this.work.held.files.format === 'raw') return this.work.held.read(0, offset, target);
      for (let done = 0; done < target.length;) {
        const window = await this.#windows.at(offset + done);
        const length = Math.min(target.length - done, window.end - (offset + done));
        await this.#readBlocks(window, offset + done, target.subarray(done, done + length));
        done += length;
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#windows.close();
    this.work.onClose();
    await this.work.held.close();
  }

  /** A range that lies in one window. */
  async #readBlocks({ blocks }: BlockWindow, offset: number, target: Uint8Array): Promise<void> {
    const end = offset + target.length;
    for (let i = indexOfBlock(blocks, offset); i < blocks.length; i++) {
      const { start, length, stored } = blocks[i]!;
      if (start >= end) return;
      const from = Math.max(start, offset);
      const part = target.subarray(from - offset, Math.min(start + length, end) - offset);
      if (stored === 'zeros') part.fill(0);
      else if (stored === 'unreadable') throw this.#failed(unreadable(this.work.held.name, from));
      else await this.work.held.read(stored.depth, stored.offset + from - start, part);
    }
  }

  async #doing<T>(work: () => Promise<T>): Promise<T> {
    const { name } = this.work.held;
    if (this.#closing) throw this.#failed(`cannot read ${name}: its reader is closed`);
    try {
      return await work();
    } catch (error) {
      throw driverErrorFrom(error, { doing: `read ${name}`, object: name });
    }
  }

  #failed(message: string): DriverError {
    return new DriverError('failed', message, { object: this.work.held.name });
  }
}

/** The block that holds the offset, of blocks that cover it. */
function indexOfBlock(blocks: readonly Block[], offset: number): number {
  let low = 0;
  for (let high = blocks.length - 1; low < high;) {
    const middle = Math.ceil((low + high) / 2);
    if (blocks[middle]!.start <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function unreadable(name: string, offset: number): string {
  return `${name} has data at ${offset} that is stored in a way not known here, compressed perhaps; rewrite it with qemu-img convert`;
}
