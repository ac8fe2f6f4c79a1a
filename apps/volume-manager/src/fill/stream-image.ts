import { ImageReader, type ReadStep, parseDiskFormat } from '@hearth/image-format';
import type { ScratchFile } from './convert/scratch-file';
import { decodeFile } from './decode-file';
import type { DiskWriter } from './disk/disk-writer';
import type { FillWork } from './fill-work';
import { changedMeanwhile, refusedImage } from './image-problems';
import { ignoredBy } from './inspection';
import { readRange } from './source/download-image';

/**
 * Writes an image while it arrives, without storing it. An image whose tables come after the data they map is stored from there on,
 * and what had passed is fetched once more.
 *
 * @returns the digest of the image's bytes, and the disk as it was written
 */
export async function streamImage(work: FillWork): Promise<{ readonly digest: string; readonly disk: DiskWriter }> {
  const stream = new ImageStream(work);
  try {
    for await (const chunk of work.bytes()) await stream.take(chunk);
    await stream.end();
    const digest = await work.proven();
    const disk = await stream.finish();
    return { digest, disk };
  } finally {
    await stream.close();
  }
}

/** Where a stream turned into a file: bytes before `fromByte` are not in it, and had the hash `passed` then. */
interface Stored {
  readonly file: ScratchFile;
  readonly fromByte: number;
  readonly passed: { readonly algorithm: string; readonly digest: string };
}

class ImageStream {
  private readonly reader: ImageReader;
  private position = 0;
  private stored: Stored | undefined;

  constructor(private readonly work: FillWork) {
    const { image } = work.order;
    this.reader = new ImageReader({
      declared: parseDiskFormat(image.diskFormat),
      fileSizeBytes: image.sizeBytes,
      ignoredChecks: work.tools.ignoredChecks,
    });
  }

  async take(chunk: Buffer): Promise<void> {
    const { work, position } = this;
    this.position += chunk.length;
    if (this.stored) return this.stored.file.write(chunk, position);
    if (!work.problem) await this.follow(this.reader.push(chunk));
  }

  async end(): Promise<void> {
    if (!this.stored && !this.work.problem) await this.follow(this.reader.end());
    const disk = this.work.writer?.disk;
    if (disk && !this.stored) await this.work.noting(() => disk.flush());
  }

  /** To be called once the bytes are proven: what could not be decoded on its way is decoded from the file. */
  async finish(): Promise<DiskWriter> {
    const { work, stored, reader } = this;
    const disk = await work.openDisk(this.virtualSizeBytes());
    work.ignoredChecks = ignoredBy(reader.verdict);
    if (!stored) return disk;
    await this.fetchHead(stored);
    return decodeFile(work, stored.file, disk);
  }

  async close(): Promise<void> {
    await this.stored?.file.close();
  }

  private virtualSizeBytes(): number {
    return this.reader.virtualSizeBytes ?? this.work.order.image.sizeBytes;
  }

  /** Acts on a step, and on those that the same bytes brought besides. */
  private async follow(first: ReadStep): Promise<void> {
    const { work, reader } = this;
    for (let step = first; ; step = reader.next()) {
      await this.act(step);
      if (step.status !== 'decoding' || !step.more || work.problem) return;
      work.order.signal.throwIfAborted();
    }
  }

  private async act(step: ReadStep): Promise<void> {
    const { work } = this;
    switch (step.status) {
      case 'refused':
        throw refusedImage(step.verdict);
      case 'failed':
        work.problem = step.problem;
        return;
      case 'needs-spool':
        this.stored = await this.store();
        return;
      case 'decoding':
      case 'finished':
        // The object is opened as soon as the inspector has accepted the image, though no data may have come yet.
        if (this.reader.verdict?.kind !== 'accepted') return;
        return work.write(await work.openDisk(this.virtualSizeBytes()), step.regions);
    }
  }

  /** Everything from here on goes into a file. */
  private async store(): Promise<Stored> {
    const { work, position } = this;
    const file = await work.tools.scratch.openFile({ reserveBytes: work.order.image.sizeBytes });
    try {
      const passed = await work.passed();
      work.expectMore(position);
      return { file, fromByte: position, passed };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes that had passed are fetched again, and must be the same again: regions that came of them are written already. */
  private async fetchHead({ file, fromByte, passed }: Stored): Promise<void> {
    const { order, tools } = this.work;
    const { image, signal } = order;
    const digest = await tools.lanes.use(async (lane) => {
      lane.begin({ algorithm: passed.algorithm });
      let position = 0;
      const chunks = readRange({
        source: tools.source,
        image,
        fromByte: 0,
        untilByte: fromByte,
        signal,
        resume: tools.resume,
        minimumPace: tools.minimumPace,
      });
      for await (const chunk of chunks) {
        await Promise.all([lane.update(chunk), file.write(chunk, position)]);
        position += chunk.length;
        this.work.arrived(chunk.length);
      }
      return lane.digest();
    });
    if (digest !== passed.digest) throw changedMeanwhile(image);
  }
}
