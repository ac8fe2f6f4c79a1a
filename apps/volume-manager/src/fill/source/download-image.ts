import type { ImageIdentity } from '@hearth/contracts';
import { type ImageBytes, type ImageService, ImageServiceError } from '@hearth/openstack-clients';
import { setTimeout as pause } from 'node:timers/promises';
import { ChunkGarbage } from '../chunk-garbage';
import { brokenOff, changedMeanwhile, withoutSize, wrongLength } from '../image-problems';
import { givenUp, MustStartOverError } from './download-problems';
import { defaultMinimumPace, type MinimumPace, paced } from './minimum-pace';
import { defaultResumeBudget, ResumeAccount, type ResumeBudget } from './resume-budget';

export interface ReadRangeOptions {
  readonly source: Pick<ImageService, 'open'>;
  readonly image: ImageIdentity;
  /** The first byte wanted. */
  readonly fromByte: number;
  /** The first byte not wanted any more; at most the image's size. */
  readonly untilByte: number;
  readonly signal: AbortSignal;
  /** `defaultResumeBudget` unless told. */
  readonly resume?: ResumeBudget;
  /** A connection that brings less counts as one that stalled; `defaultMinimumPace` unless told. */
  readonly minimumPace?: MinimumPace;
}

/** A download that goes on after it had broken off. */
export interface Resumption {
  /** Where it goes on: all bytes before have been delivered. */
  readonly atByte: number;
  /** What comes a second time and is not delivered again, because the server begins at the start; else 0. */
  readonly skippedBytes: number;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Why it had broken off. */
  readonly cause: Error;
}

export interface DownloadImageOptions extends Omit<ReadRangeOptions, 'fromByte' | 'untilByte'> {
  /**
   * Called once, before the first byte: the MD5 of the whole file, hexadecimal, if the server names one beside the bytes. Whoever is
   * told it compares the bytes with it, if the image's record names no hash.
   */
  readonly onOpened?: (head: { readonly contentMd5: string | undefined }) => void;
  readonly onResumed?: (resumption: Resumption) => void;
}

/**
 * The bytes of an image, each of them once and in order, counted against the size in the image's record. A download that breaks off,
 * stalls or trickles goes on where it was, by a range; from a server without ranges the whole is fetched again and what was delivered
 * is skipped, if a hash of the image is there to prove that both downloads brought the same file: the record's, or the one that
 * `onOpened` was told. Bytes that were delivered are not trustworthy before that hash was compared.
 *
 * Throws what `source.open` throws; `FillError` `image.download_failed` for a wrong length, for a file that changed meanwhile and
 * when the budget is used up; `MustStartOverError` when it cannot go on but a new download may succeed; the signal's reason.
 */
export function downloadImage(options: DownloadImageOptions): AsyncGenerator<Buffer> {
  return new Download(options, {
    fromByte: 0,
    untilByte: options.image.sizeBytes,
    isCompared: isHashed(options.image),
  }).run();
}

/**
 * The bytes of an image from `fromByte` up to `untilByte`, as by `downloadImage`. Whoever asks for them compares them with a hash of
 * his own: a server without ranges may bring the beginning of one file and the end of another.
 */
export function readRange(options: ReadRangeOptions): AsyncGenerator<Buffer> {
  return new Download(options, { ...options, isCompared: true }).run();
}

/** Bytes that were opened, and where in the file they begin. */
type Opened = Pick<ImageBytes, 'chunks' | 'fromByte'>;

class Download {
  /** Everything before it was delivered. */
  private atByte: number;
  private readonly untilByte: number;
  private servesRanges = true;
  private contentMd5: string | undefined;
  /** Whether the caller will compare the bytes with a hash. */
  private isCompared: boolean;
  private readonly account: ResumeAccount;
  private readonly garbage = new ChunkGarbage();

  constructor(
    private readonly options: DownloadImageOptions,
    range: { readonly fromByte: number; readonly untilByte: number; readonly isCompared: boolean },
  ) {
    const { fromByte, untilByte, isCompared } = range;
    const { image, resume = defaultResumeBudget } = options;
    if (!(fromByte >= 0 && fromByte <= untilByte && untilByte <= image.sizeBytes)) {
      throw new RangeError(`an image of ${image.sizeBytes} bytes has none from ${fromByte} to ${untilByte}`);
    }
    this.atByte = fromByte;
    this.untilByte = untilByte;
    this.isCompared = isCompared;
    this.account = new ResumeAccount(resume);
  }

  async *run(): AsyncGenerator<Buffer> {
    const { image, signal, onOpened } = this.options;
    if (image.sizeBytes === 0) throw withoutSize(image);
    signal.throwIfAborted();
    if (this.atByte === this.untilByte) return;
    let opened = await this.open();
    onOpened?.({ contentMd5: this.contentMd5 });
    this.isCompared ||= onOpened !== undefined && this.contentMd5 !== undefined;
    for (;;) {
      const before = this.atByte;
      const cause = yield* this.deliver(opened);
      if (!cause) return;
      opened = await this.resume(cause, this.atByte - before);
    }
  }

  /** Yields what comes and is new; why it broke off, or undefined when nothing is missing. */
  private async *deliver({ chunks, fromByte }: Opened): AsyncGenerator<Buffer, Error | undefined> {
    const { image, signal, minimumPace = defaultMinimumPace } = this.options;
    let passed = fromByte;
    try {
      for await (const chunk of paced(chunks, minimumPace, `the bytes of image ${image.id}`)) {
        signal.throwIfAborted();
        this.garbage.passed(chunk.length);
        const start = passed;
        passed += chunk.length;
        if (passed > image.sizeBytes) throw wrongLength(image, passed);
        if (passed <= this.atByte) continue;
        const fresh = chunk.subarray(this.atByte - start, Math.min(passed, this.untilByte) - start);
        this.atByte += fresh.length;
        yield fresh;
        if (this.atByte === this.untilByte && this.untilByte < image.sizeBytes) return undefined;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
      return this.atByte < this.untilByte ? error : undefined;
    }
    signal.throwIfAborted();
    return this.atByte < this.untilByte ? brokenOff(image, this.atByte) : undefined;
  }

  /** Pauses and opens again, until that succeeds or the budget is used up. */
  private async resume(cause: Error, broughtBytes: number): Promise<Opened> {
    const { image, signal, onResumed } = this.options;
    const { account, atByte } = this;
    for (let [last, brought] = [cause, broughtBytes]; ; brought = 0) {
      const pauseMs = account.take(brought);
      if (pauseMs === undefined) throw givenUp(image, { atByte, attempts: account.resumptions, cause: last });
      await this.pause(pauseMs);
      try {
        const opened = await this.open();
        const skippedBytes = atByte - opened.fromByte;
        onResumed?.({ atByte, skippedBytes, attempts: account.resumptions, cause: last });
        return opened;
      } catch (error) {
        signal.throwIfAborted();
        if (!mayPass(error)) throw error;
        last = error;
      }
    }
  }

  private async pause(pauseMs: number): Promise<void> {
    const { signal } = this.options;
    try {
      await pause(pauseMs, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  /** Opens at the byte that is next, or at the start where the server has no ranges. */
  private async open(): Promise<Opened> {
    const { atByte } = this;
    if (atByte === 0) return this.openAt(0);
    if (this.servesRanges) {
      try {
        return await this.openAt(atByte);
      } catch (error) {
        if (!(error instanceof ImageServiceError && error.problem === 'no-ranges')) throw error;
        this.servesRanges = false;
      }
    }
    return this.openAgain();
  }

  /** Opens at the start, to skip what was delivered; refuses where that would be trusting luck. */
  private async openAgain(): Promise<Opened> {
    if (!this.isCompared) throw new MustStartOverError(this.options.image, this.atByte);
    return this.openAt(0);
  }

  private async openAt(fromByte: number): Promise<ImageBytes> {
    const { image, source, signal } = this.options;
    const opened = await source.open(image.id, { signal, ...(fromByte > 0 && { fromByte }) });
    const { lengthBytes = image.sizeBytes, contentMd5 = this.contentMd5 } = opened;
    const isSame = contentMd5 === (this.contentMd5 ?? contentMd5);
    if (lengthBytes === image.sizeBytes && isSame) {
      this.contentMd5 = contentMd5;
      return opened;
    }
    await leave(opened.chunks);
    throw isSame ? wrongLength(image, lengthBytes) : changedMeanwhile(image);
  }
}

/** Whether the same question may be answered some time later. */
function mayPass(error: unknown): error is ImageServiceError {
  return error instanceof ImageServiceError && (error.problem === 'broken' || error.problem === 'away');
}

/** Whether the image's record names a hash that its bytes will be compared with. */
function isHashed({ osHashAlgo, osHashValue, checksum }: ImageIdentity): boolean {
  return Boolean((osHashAlgo && osHashValue) || checksum);
}

/** Frees the connection below chunks that nobody will read. */
async function leave(chunks: AsyncIterable<Buffer>): Promise<void> {
  await chunks[Symbol.asyncIterator]().return?.();
}
