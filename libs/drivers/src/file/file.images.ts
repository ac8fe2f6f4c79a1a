import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import {
  DriverError,
  type ImageCloneCapable,
  type ImageCloned,
  type ImageUnfit,
  type ObjectRef,
  type OpenImage,
  type PlaceOfImage,
} from '@hearth/driver-api';
import { gibToHold } from '@hearth/kernel';
import { finishPartial } from './clone-methods';
import { driverErrorFrom } from './file.errors';
import type { FilePool } from './file.pool';
import { openImageFile } from './image-place';
import { shareFile } from './share-file';
import { readWhole } from './whole-io';

/** Images that lie as raw files beside the volumes: a volume shares their extents. */
export class FileImages implements ImageCloneCapable {
  readonly #open = new Set<OpenImageFile>();

  constructor(private readonly pool: FilePool) {}

  async openImage(place: PlaceOfImage): Promise<OpenImage | { readonly unfit: ImageUnfit }> {
    const { config, directory, method } = this.pool;
    if (method !== 'reflink') return { unfit: 'cannot-share' };
    try {
      const file = await openImageFile(place, config.imageDirectories);
      if ('unfit' in file) return file;
      const found = await file.handle.stat({ bigint: true });
      if (found.dev !== BigInt(directory.dev)) {
        await file.handle.close();
        return { unfit: 'elsewhere' };
      }
      const onClose = () => this.#open.delete(image);
      const image: OpenImageFile = new OpenImageFile(this.pool, { ...file, found, onClose });
      this.#open.add(image);
      return image;
    } catch (error) {
      throw driverErrorFrom(error, { doing: `open image ${place.imageId}` });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((image) => image.close()));
  }
}

interface FoundFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly found: BigIntStats;
  onClose(): void;
}

/** The bytes are not those that were opened. */
class UnfitError extends Error {
  constructor(readonly unfit: ImageUnfit) {
    super(unfit);
  }
}

class OpenImageFile implements OpenImage {
  readonly sizeBytes: number;
  readonly version: string;
  #isClosed = false;

  constructor(
    private readonly pool: FilePool,
    private readonly file: FoundFile,
  ) {
    this.sizeBytes = Number(file.found.size);
    this.version = versionOf(file.found);
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    try {
      await readWhole(this.file.handle, target, offset);
    } catch (error) {
      throw driverErrorFrom(error, { doing: `read the image at ${this.file.path}` });
    }
  }

  async cloneTo(target: ObjectRef, sizeGib: number): Promise<ImageCloned> {
    const { pool, sizeBytes: imageBytes } = this;
    return pool.doing('clone an image to', target, async (name) => {
      const sizeBytes = pool.bytesOf(sizeGib);
      if (await pool.isThereAlready(name, sizeBytes)) return { cloneMethod: pool.method };
      if (imageBytes > sizeBytes) {
        const message = `${name} of ${sizeGib} GiB cannot hold an image of ${gibToHold(imageBytes)} GiB`;
        throw new DriverError('failed', message, { object: name });
      }
      await pool.directory.requireInPlace();
      try {
        await pool.room.promised.holding(name, sizeBytes, () =>
          pool.clearingUp(name, () => this.#share(name, sizeBytes)),
        );
      } catch (error) {
        if (error instanceof UnfitError) return { unfit: error.unfit };
        throw error;
      }
      return { cloneMethod: pool.method };
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.file.onClose();
    await this.file.handle.close();
  }

  /** The extents are shared first and looked at then: who writes to the image from there on writes to extents of its own. */
  async #share(name: string, sizeBytes: number): Promise<void> {
    const { files } = this.pool;
    const { handle } = this.file;
    const partial = await files.createPartial(name);
    try {
      const isShared = await shareFile(`/proc/self/fd/${handle.fd}`, partial, sizeBytes);
      if (!isShared) throw new UnfitError('cannot-share');
      if (versionOf(await handle.stat({ bigint: true })) !== this.version) throw new UnfitError('changed');
    } catch (error) {
      await partial.close();
      throw error;
    }
    await finishPartial(partial, sizeBytes);
    await files.publish(name, 'raw');
  }
}

/** The kernel sets the time of a change; nobody else can. */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join('.');
}
