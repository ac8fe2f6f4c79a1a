import type { FailureCode, ImageIdentity, SignatureState } from '@hearth/contracts';
import { exampleImage } from '@hearth/domain/testing';
import { gibToBytes } from '@hearth/kernel';
import { ImageServiceError, type ShownImage } from '@hearth/openstack-clients';
import { createHash, randomUUID } from 'node:crypto';
import { ContentDigest, blockDigest } from '../fill/disk/content-digest';
import { FillError, type WrittenImage } from '../fill/write-image';
import type { FillOrder } from '../fill/fill-work';
import type { ImageWriter } from '../host/host';

interface Shelved {
  readonly bytes: Buffer;
  readonly headerBytes: number;
  readonly identity: ImageIdentity;
}

/** Images in memory and what it takes to write them, as the streaming fill does: counted, held back or failing as a test wants. */
export class ImageShelf {
  private readonly images = new Map<string, Shelved>();
  readonly statuses = new Map<string, string | Error>();
  private failing: (FailureCode | Error)[] = [];
  private held: Promise<void> | undefined;
  private letGo: () => void = () => undefined;
  /** What a fill finds of signatures. */
  signature: SignatureState = 'absent';
  /** False: fills record no digest of the disk's content, as they did once. */
  digestsContent = true;
  /** Image ids, one for every time that an image was fetched. */
  readonly downloads: string[] = [];
  /** Image ids, one for every time that an image was asked after. */
  readonly looks: string[] = [];
  /** Fetches that run now. */
  underWay = 0;

  /** `headerGib`: what the image's own header says, where that differs from what the image service claims. */
  add({
    virtualGib = 1,
    headerGib = virtualGib,
    ...patch
  }: Partial<ImageIdentity> & { virtualGib?: number; headerGib?: number } = {}): ImageIdentity {
    const id = patch.id ?? randomUUID();
    const bytes = Buffer.from(`the bytes of image ${id} `.repeat(20));
    const identity: ImageIdentity = {
      ...exampleImage,
      id,
      sizeBytes: bytes.length,
      virtualSizeBytes: gibToBytes(virtualGib),
      osHashValue: createHash('sha512').update(bytes).digest('hex'),
      checksum: createHash('md5').update(bytes).digest('hex'),
      ...patch,
    };
    this.images.set(id, { bytes, headerBytes: gibToBytes(headerGib), identity });
    return identity;
  }

  /** The image as the image service shows it: `active` unless `statuses` says another status, or why it cannot be shown. */
  async show(imageId: string): Promise<ShownImage> {
    this.looks.push(imageId);
    const status = this.statuses.get(imageId) ?? 'active';
    if (status instanceof Error) throw status;
    const identity = this.images.get(imageId)?.identity;
    if (!identity) throw new ImageServiceError('not-found', `there is no image ${imageId}`);
    return { status, identity };
  }

  bytesOf(imageId: string): Buffer {
    const shelved = this.images.get(imageId);
    if (!shelved) throw new Error(`no image ${imageId} on the shelf`);
    return shelved.bytes;
  }

  /** The next fetches fail, one for each entry. */
  fail(...failures: (FailureCode | Error)[]): void {
    this.failing.push(...failures);
  }

  /** Fetches wait until `release`. */
  hold(): void {
    this.held = new Promise((resolve) => (this.letGo = resolve));
  }

  release(): void {
    this.held = undefined;
    this.letGo();
  }

  readonly write: ImageWriter = async (task) => {
    this.downloads.push(task.image.id);
    this.underWay += 1;
    try {
      await this.held;
      return await this.copy(task);
    } finally {
      this.underWay -= 1;
    }
  };

  private async copy({ image, open, signal }: FillOrder): Promise<WrittenImage> {
    const { bytes, headerBytes } = this.images.get(image.id)!;
    const writer = await open(headerBytes, bytes.length);
    try {
      signal.throwIfAborted();
      await writer.write(0, bytes.subarray(0, 100));
      this.failIfTold();
      await writer.write(100, bytes.subarray(100));
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    const durationsMs = { download: 1 };
    const digest = `sha512:${image.osHashValue}`;
    const moved = { bytesDownloaded: bytes.length, bytesWritten: bytes.length };
    const evidence = {
      digest,
      verifiedBy: 'os_hash',
      contentDigest: this.digestsContent ? contentDigestOf(bytes) : undefined,
      signature: this.signature,
    } as const;
    const source = { kind: 'image-service', host: null, declined: [] } as const;
    return {
      virtualSizeBytes: headerBytes,
      ...evidence,
      ignoredChecks: [],
      source: { ...source, declined: [] },
      ...moved,
      durationsMs,
    };
  }

  private failIfTold(): void {
    const failure = this.failing.shift();
    if (failure instanceof Error) throw failure;
    if (failure) throw new FillError({ code: failure, reason: `the test wants ${failure}` });
  }
}

/** Of an image of one block. */
function contentDigestOf(bytes: Buffer): string {
  const digest = new ContentDigest();
  digest.set(0, blockDigest(bytes));
  return digest.toString();
}
