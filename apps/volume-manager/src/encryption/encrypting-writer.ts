import type { ObjectWriter } from '@hearth/driver-api';
import { blockBytes } from '../fill/disk/content-digest';
import type { ScratchFile } from '../fill/convert/scratch-file';
import { type ContainerOptions, fillContainer } from './luks-container';

/** What a disk is gathered in, and goes to. */
export interface EncryptingParts {
  /** The disk as its guest sees it. */
  readonly plain: ScratchFile;
  /** An empty container of the disk's size. */
  readonly container: ScratchFile;
  readonly object: ObjectWriter;
  readonly options: ContainerOptions;
}

/**
 * Gathers a disk in a file without a name, and encrypts it as a whole when it is complete: an image's parts come in any order, and some
 * of them twice. The object gets no byte before that.
 */
export class EncryptingWriter implements ObjectWriter {
  /** A scratch file takes one piece at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: EncryptingParts) {}

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.inTurn(() => this.parts.plain.write(bytes, offset));
  }

  read(offset: number, target: Uint8Array): Promise<void> {
    return this.inTurn(async () => {
      const found = await this.parts.plain.read(offset, target.length);
      target.fill(0, found.length);
      target.set(found);
    });
  }

  async finish(): Promise<void> {
    const { plain, container, object, options } = this.parts;
    await this.inTurn(() => plain.complete(options.payloadBytes));
    await fillContainer(plain, container, options);
    await copyContainer(container, object, options.signal);
    await object.finish();
    await this.close();
  }

  async abort(): Promise<void> {
    try {
      await this.last.catch(() => undefined);
      await this.parts.object.abort();
    } finally {
      await this.close();
    }
  }

  private async close(): Promise<void> {
    const { plain, container, options } = this.parts;
    options.key.fill(0);
    await Promise.all([plain.close(), container.close()]);
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** Makes a container the beginning of an object, by sharing its storage where the backend can. */
export async function copyContainer(container: ScratchFile, object: ObjectWriter, signal: AbortSignal): Promise<void> {
  if (await object.takeFile?.(container.path)) return;
  for await (const { offset, length } of container.extents(signal)) {
    for (let position = offset; position < offset + length; position += blockBytes) {
      signal.throwIfAborted();
      await object.write(position, await container.read(position, Math.min(blockBytes, offset + length - position)));
    }
  }
}
