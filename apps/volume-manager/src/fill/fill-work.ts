import type { FillPhase, ImageIdentity, SignatureState } from '@hearth/contracts';
import type { ObjectWriter } from '@hearth/driver-api';
import type { DecodedRegion, DecodeProblem } from '@hearth/image-format';
import type { ImageService } from '@hearth/openstack-clients';
import { performance } from 'node:perf_hooks';
import { roundMs } from '../host/round-ms';
import type { QemuImg } from './convert/qemu-img';
import type { ScratchSpace } from './convert/scratch-space';
import type { BlockThreads } from './disk/block-threads';
import { DiskWriter, PackedProblemError } from './disk/disk-writer';
import { type ExpectedHash, expectedHash, isCollisionResistant } from './expected-hash';
import type { HashLane } from './hash/hash-lane';
import type { HashLanes } from './hash/hash-lanes';
import { undecodable, wrongHash } from './image-problems';
import type { SignatureCheck, SignatureChecks } from './signature/signature-check';
import { signatureMismatch } from './signature/signature-failure';
import { downloadImage, type Resumption } from './source/download-image';
import type { MinimumPace } from './source/minimum-pace';
import type { ResumeBudget } from './source/resume-budget';

/** What fills of this host share. */
export interface FillTools {
  readonly source: Pick<ImageService, 'open'>;
  readonly scratch: ScratchSpace;
  readonly qemuImg: QemuImg;
  /** Undefined where signatures are not verified (`verify_glance_signatures` is disabled). */
  readonly signatures: SignatureChecks | undefined;
  /** Checks of the inspector that the operator has told to pass over. */
  readonly ignoredChecks: readonly string[];
  readonly lanes: HashLanes;
  readonly threads: BlockThreads;
  readonly resume?: ResumeBudget;
  readonly minimumPace?: MinimumPace;
  readonly onResumed?: (image: ImageIdentity, resumption: Resumption) => void;
}

/**
 * Where a fill is: `convert` and `peer` count bytes of the disk, `download` those that come, what comes a second time too. A disk of
 * which some has to be read again for its digest ends with another `convert`, of so many bytes.
 */
export interface FillStep {
  readonly phase: FillPhase;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** One image that is to be written into one object. */
export interface FillOrder {
  readonly image: ImageIdentity;
  readonly signal: AbortSignal;
  /** Whole units of so many bytes are written or left out (the driver's `preferredWriteBytes`). */
  readonly unitBytes: number;
  /** The largest disk that is expected, in bytes: a packed image that unpacks to much more is given up as soon as that is seen. */
  readonly virtualSizeBytesMax: number;
  /**
   * Called once for an attempt, as soon as the size is known; what it throws ends the work and is passed on.
   *
   * @param dataBytes what will be written at least, as far as that can be told from the image's size
   */
  readonly open: (virtualSizeBytes: number, dataBytes: number) => Promise<ObjectWriter>;
  readonly onStep?: (step: FillStep) => void;
}

/** One attempt at one image: what the ways to write it (streamed, stored) have in common. */
export class FillWork {
  virtualSizeBytes = 0;
  /** Why the bytes cannot be decoded; thrown only once it is certain that they are the image's. */
  problem: DecodeProblem | undefined;
  ignoredChecks: readonly string[] = [];
  readonly durationsMs: Record<string, number> = {};
  private readonly startedAt = performance.now();
  private expected: ExpectedHash;
  private object: ObjectWriter | undefined;
  private disk: DiskWriter | undefined;
  private downloaded = 0;
  private more = 0;

  constructor(
    readonly order: FillOrder,
    readonly tools: FillTools,
    private readonly lane: HashLane,
    private readonly signature: SignatureCheck | undefined,
  ) {
    this.expected = expectedHash(order.image);
    this.lane.begin(this.plan);
  }

  get bytesDownloaded(): number {
    return this.downloaded;
  }

  get verifiedBy(): ExpectedHash['verifiedBy'] {
    return this.expected.verifiedBy;
  }

  get signatureState(): SignatureState {
    if (!this.tools.signatures) return 'unchecked';
    return this.signature ? 'verified' : 'absent';
  }

  get writer(): { readonly object: ObjectWriter; readonly disk: DiskWriter } | undefined {
    return this.object && this.disk && { object: this.object, disk: this.disk };
  }

  /** The image's bytes, each once and in order, hashed and counted before they are handed on. */
  async *bytes(): AsyncGenerator<Buffer> {
    const { image, signal } = this.order;
    const { source, resume, minimumPace, onResumed } = this.tools;
    const chunks = downloadImage({
      ...{ source, image, signal, resume, minimumPace },
      onOpened: ({ contentMd5 }) => this.trust(contentMd5),
      onResumed: (resumption) => onResumed?.(image, resumption),
    });
    for await (const chunk of chunks) {
      this.durationsMs['firstByte'] ??= this.passedMs();
      this.arrived(chunk.length);
      await this.lane.update(chunk);
      yield chunk;
    }
  }

  /** So many bytes will be fetched beside those of `bytes`. */
  expectMore(bytes: number): void {
    this.more += bytes;
  }

  /** Bytes have come, those of `bytes` or beside them. */
  arrived(bytes: number): void {
    this.downloaded += bytes;
    const bytesTotal = this.order.image.sizeBytes + this.more;
    this.order.onStep?.({ phase: 'download', bytesDone: this.downloaded, bytesTotal });
  }

  /** How far the work at an image is that has arrived, in bytes of its disk; of the whole disk, unless told of how many. */
  converted(bytesDone: number, bytesTotal = this.virtualSizeBytes): void {
    this.order.onStep?.({ phase: 'convert', bytesDone: Math.min(bytesDone, bytesTotal), bytesTotal });
  }

  /**
   * A hash of all that `bytes` has given so far, and its algorithm as Node names it: one for which nobody can make two files, even
   * where the image's own is MD5.
   */
  async passed(): Promise<{ readonly algorithm: string; readonly digest: string }> {
    return { algorithm: this.plan.peekAlgorithm, digest: await this.lane.peek() };
  }

  /**
   * To be called at the end of `bytes`: throws unless they are the image's, signed as it says. Throws too if they are, and cannot be
   * decoded. Gives `<algorithm>:<hex>`.
   */
  async proven(): Promise<string> {
    // The hash of what passed stays with the thread: a signature is asked for before it is closed.
    const holds = this.signature ? await this.lane.verify(this.signature.request) : true;
    const digest = await this.lane.digest();
    const { algorithm, value } = this.expected;
    if (value !== null && digest !== value) throw wrongHash(this.order.image, algorithm);
    if (!holds) throw signatureMismatch();
    if (this.problem) throw undecodable(this.problem);
    this.durationsMs['download'] = this.passedMs();
    return `${algorithm}:${digest}`;
  }

  /** Opens the object, once; the size must be known. */
  async openDisk(virtualSizeBytes: number): Promise<DiskWriter> {
    if (this.disk) return this.disk;
    const { open, unitBytes, image } = this.order;
    this.virtualSizeBytes = virtualSizeBytes;
    this.object = await open(virtualSizeBytes, Math.min(virtualSizeBytes, image.sizeBytes));
    this.disk = this.diskOn(this.object, unitBytes);
    return this.disk;
  }

  /** A writer of this image's disk onto something else than the object. */
  diskOn(target: ObjectWriter, unitBytes: number): DiskWriter {
    return new DiskWriter(target, { sizeBytes: this.virtualSizeBytes, unitBytes, threads: this.tools.threads });
  }

  /** Writes regions, unless it is known that there is no use: a compressed piece that does not unpack is a problem of the image. */
  async write(disk: DiskWriter, regions: readonly DecodedRegion[]): Promise<void> {
    if (this.problem) return;
    await this.noting(() => disk.write(regions));
  }

  /** Does something that a problem of the image may end. */
  async noting<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PackedProblemError)) throw error;
      this.problem = error.problem;
      return undefined;
    }
  }

  /** Makes the object whole and durable. */
  async finish(): Promise<void> {
    const from = this.passedMs();
    await this.object?.finish();
    this.object = undefined;
    this.durationsMs['sync'] = roundMs(this.passedMs() - from);
    this.durationsMs['fill'] = this.passedMs();
  }

  /** Removes the object. Tells, rather than throws, why that failed: another error is under way. */
  async abort(): Promise<unknown> {
    try {
      await this.disk?.settle();
      await this.object?.abort();
      return undefined;
    } catch (remains) {
      return remains;
    }
  }

  /** Milliseconds since the work began. */
  passedMs(): number {
    return roundMs(performance.now() - this.startedAt);
  }

  private get plan() {
    const { algorithm } = this.expected;
    const peekAlgorithm = isCollisionResistant(algorithm) ? algorithm : 'sha256';
    return { algorithm, peekAlgorithm, signatureHash: this.signature?.request.hash };
  }

  /** An image whose record names no hash is compared with what its bytes come with, if that names one. */
  private trust(contentMd5: string | undefined): void {
    if (contentMd5 === undefined || this.expected.verifiedBy !== 'none') return;
    this.expected = { algorithm: 'md5', value: contentMd5, verifiedBy: 'content_md5' };
    this.lane.begin(this.plan);
  }
}
