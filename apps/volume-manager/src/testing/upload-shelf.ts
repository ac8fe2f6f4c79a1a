import type { ImageIdentity } from '@hearth/contracts';
import { exampleImage } from '@hearth/domain/testing';
import {
  ImageUploadError,
  type ImageUpload,
  type ImageUploadProblem,
  type ShownImage,
} from '@hearth/openstack-clients';
import { DriverError } from '@hearth/driver-api';
import { createHash, randomUUID } from 'node:crypto';
import { ContentDigest, blockDigest } from '../fill/disk/content-digest';
import type { ImageUploader } from '../host/host';
import { uploadFailed } from '../upload/upload-error';

interface Record {
  status: string;
  readonly identity: ImageIdentity;
  bytes: Buffer | undefined;
}

/** An image service in memory that images are uploaded to. What was not sent to its end is not there. */
export class UploadShelf implements ImageUpload {
  readonly records = new Map<string, Record>();
  /** Image ids, one for every time that bytes began to come. */
  readonly puts: string[] = [];
  readonly locationsByImage = new Map<string, string>();
  /** Whether locations may be set. */
  allowsLocations = false;
  /** What is stored of what was sent. */
  damage: (bytes: Buffer) => Buffer = (bytes) => bytes;
  private readonly failing: ImageUploadProblem[] = [];
  private held: Promise<void> | undefined;
  private letGo: () => void = () => undefined;
  underWay = 0;

  /** A record without bytes, as the api makes it. */
  queue(patch: Partial<ImageIdentity> = {}): ImageIdentity {
    const identity: ImageIdentity = {
      ...exampleImage,
      ...{ id: randomUUID(), diskFormat: 'raw', containerFormat: 'bare', properties: {}, sizeBytes: 0 },
      ...{ osHashAlgo: null, osHashValue: null, checksum: null, virtualSizeBytes: null },
      ...patch,
    };
    this.records.set(identity.id, { status: 'queued', identity, bytes: undefined });
    return identity;
  }

  /** The next times that bytes are sent fail in the middle, one for each. */
  fail(...problems: ImageUploadProblem[]): void {
    this.failing.push(...problems);
  }

  /** Who sends bytes waits, after the first of them, until `release`. */
  hold(): void {
    this.held = new Promise((resolve) => (this.letGo = resolve));
  }

  release(): void {
    this.held = undefined;
    this.letGo();
  }

  async show(imageId: string): Promise<ShownImage> {
    const { status, identity } = this.recordOf(imageId);
    return { status, identity };
  }

  async put(imageId: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const record = this.recordOf(imageId);
    if (record.status !== 'queued') throw new ImageUploadError('refused', `it is ${record.status}`);
    this.puts.push(imageId);
    this.underWay += 1;
    record.status = 'saving';
    const problem = this.failing.shift();
    const parts: Uint8Array[] = [];
    try {
      for await (const part of bytes) {
        await this.held;
        if (problem) throw new ImageUploadError(problem, `the test wants ${problem}`);
        parts.push(part);
      }
    } catch (error) {
      record.status = 'queued';
      throw error;
    } finally {
      this.underWay -= 1;
    }
    this.store(imageId, this.damage(Buffer.concat(parts)));
  }

  async addLocation(imageId: string, url: string): Promise<boolean> {
    const record = this.recordOf(imageId);
    if (!this.allowsLocations || (record.status !== 'queued' && this.locationsByImage.get(imageId) !== url))
      return false;
    this.locationsByImage.set(imageId, url);
    record.status = 'active';
    return true;
  }

  /** What `uploadImage` does, of a disk of which only the first 4 KiB are looked at. */
  readonly send: ImageUploader = async ({ imageId, open }) => {
    const before = this.records.get(imageId);
    if (!before) throw uploadFailed('The image is gone.');
    if (before.status === 'active') {
      return { image: before.identity, bytesUploaded: before.identity.sizeBytes, sent: undefined };
    }
    const reader = await open().catch((error: unknown) => {
      throw error instanceof DriverError ? uploadFailed('The volume cannot be read.', error.message) : error;
    });
    const bytes = Buffer.alloc(4_096);
    await reader.read(0, bytes);
    try {
      await this.put(imageId, once(bytes));
    } catch (error) {
      if (!(error instanceof ImageUploadError)) throw error;
      await this.remove(imageId);
      throw uploadFailed('The image service did not take the bytes.', error.message);
    } finally {
      await reader.close();
    }
    const digests = new ContentDigest();
    digests.set(0, blockDigest(bytes));
    const { identity: image } = this.recordOf(imageId);
    const digest = `sha512:${image.osHashValue}`;
    const sent = { digest, verified: true, contentDigest: digests.toString(), durationsMs: { upload: 1 } };
    return { image, bytesUploaded: bytes.length, sent };
  };

  async locations(imageId: string): Promise<readonly string[]> {
    const url = this.locationsByImage.get(imageId);
    return url === undefined ? [] : [url];
  }

  async remove(imageId: string): Promise<void> {
    this.records.delete(imageId);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  /** Makes an image active with these bytes. */
  store(imageId: string, bytes: Buffer): void {
    const { identity } = this.recordOf(imageId);
    const osHashValue = createHash('sha512').update(bytes).digest('hex');
    const checksum = createHash('md5').update(bytes).digest('hex');
    const stored = { ...identity, sizeBytes: bytes.length, osHashAlgo: 'sha512', osHashValue, checksum };
    this.records.set(imageId, { status: 'active', identity: stored, bytes });
  }

  private recordOf(imageId: string): Record {
    const record = this.records.get(imageId);
    if (!record) throw new ImageUploadError('not-found', `there is no image ${imageId}`);
    return record;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
