import type { FrameEncoding } from './frames';

/** A block that has been handed to the connection. */
export interface SentBlock {
  /** Its data, unpacked. */
  readonly dataBytes: number;
  readonly sentBytes: number;
  /** Milliseconds since the block before was handed over. */
  readonly ms: number;
  /** Milliseconds that compressing it took; set where that was tried, even if it did not help. */
  readonly deflateMs?: number;
}

/** Blocks of a mode that are not looked at: the connection's buffers take them at once, and those before are under way. */
const unmeasured = 8;
const measured = 16;
/** Blocks until the question is put again; twice as many each time that the answer is no. */
const restMin = 64;
const restMax = 4_096;
/** Data that shrinks to no less is not worth it. */
const ratioMax = 0.8;
/** What compressing must bring to be begun, and to be kept. */
const gainMin = 1.1;

/**
 * Whether the blocks of a transfer are compressed: if the connection is slower than the compressor and the data shrinks. Both are
 * measured on the way. A transfer begins with blocks as they are, one of which is compressed as a sample; if that promises a gain,
 * the next ones are compressed, for as long as it comes true.
 */
export class EncodingChoice {
  private mode: 'raw' | 'sample' | 'deflate' | 'rest' = 'raw';
  private seen = 0;
  /** The block of a sample is under way. */
  private isSampled = false;
  /** Blocks that were sent compressed because that paid. */
  private kept = 0;
  private rest = restMin;
  private rates = new Rate();
  private rawRate = 0;

  /** @param compressorsMax blocks that are compressed at the same time */
  constructor(private readonly compressorsMax: number) {}

  /** How the next block is to be sent. */
  next(): FrameEncoding {
    if (this.mode !== 'sample') return this.mode === 'deflate' ? 'deflate' : 'raw';
    // Blocks that are prepared before the sample has been sent tell nothing more.
    if (this.isSampled) return 'raw';
    this.isSampled = true;
    return 'deflate';
  }

  /** To be told of every block with data, in order. */
  sent(block: SentBlock): void {
    this.seen += 1;
    if (this.mode === 'rest') {
      if (this.seen >= this.rest) this.enter('raw');
      return;
    }
    if (this.mode === 'sample') return this.judgeSample(block);
    // Blocks of the mode before are still under way.
    if ((block.deflateMs !== undefined) !== (this.mode === 'deflate')) return;
    if (this.seen > unmeasured) this.rates.add(block);
    if (this.seen < unmeasured + measured) return;
    if (this.mode === 'raw') {
      this.rawRate = this.rates.bytesPerMs;
      this.enter('sample');
    } else this.judgeDeflate();
  }

  private judgeSample({ deflateMs, dataBytes, sentBytes }: SentBlock): void {
    if (deflateMs === undefined) {
      // Blocks that were begun before it; more than those only where it held nothing but zeros: then the next one is the sample.
      if (this.seen > unmeasured) this.enter('sample');
      return;
    }
    const ratio = sentBytes / dataBytes;
    const compressed = Math.min((this.compressorsMax * dataBytes) / Math.max(deflateMs, 0.01), this.rawRate / ratio);
    if (ratio <= ratioMax && compressed >= gainMin * this.rawRate) this.enter('deflate');
    else this.giveUp();
  }

  private judgeDeflate(): void {
    if (this.rates.bytesPerMs < gainMin * this.rawRate) return this.giveUp();
    this.rest = restMin;
    this.kept += this.seen;
    // Raw once more, so that a connection which has become quicker is noticed.
    if (this.kept >= restMax) return this.enter('raw');
    this.rates = new Rate();
    this.seen = unmeasured;
  }

  private giveUp(): void {
    this.enter('rest');
    this.rest = Math.min(2 * this.rest, restMax);
  }

  private enter(mode: EncodingChoice['mode']): void {
    this.rates = new Rate();
    this.seen = 0;
    this.kept = 0;
    this.isSampled = false;
    this.mode = mode;
  }
}

class Rate {
  private bytes = 0;
  private ms = 0;

  add({ dataBytes, ms }: SentBlock): void {
    this.bytes += dataBytes;
    this.ms += ms;
  }

  get bytesPerMs(): number {
    return this.bytes / Math.max(this.ms, 0.001);
  }
}
