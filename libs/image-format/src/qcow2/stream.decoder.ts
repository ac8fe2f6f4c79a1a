import { DecodeStop, askForSpool, fail } from '../decode-stop';
import type { DecodedRegion, DecodeFailed, DecodeFinished, DecodeStep, ImageDecoder, NeedsSpool } from '../decoder';
import { Prefix } from '../prefix';
import { describe, requireInFile, requireTablesApart } from './file-bounds';
import { GatheredExtents, type WholeExtent } from './gathered-extents';
import { readQcow2Header, smallestHeaderBytes, type Qcow2Header } from './header';
import { History, type ByteRange, type FileWindow } from './history';
import { OffsetHeap } from './offset-heap';
import { packedRegion } from './packed-region';
import { locateL1, readL1, readL2, type DataExtent, type Extent, type L1Ref } from './tables';

export interface Qcow2StreamOptions {
  /** The file's size in bytes, where it is known beforehand: what lies outside is then found before the end. */
  readonly fileSizeBytes?: number;
}

/**
 * How far ahead the file may make us remember and look.
 * An L2 table for clusters of 64 KiB maps 8,192 of them; QEMU writes each just before its data, so a few thousand
 * extents are usual. An L1 table that lies further back than 64 MiB was moved there after the data had been written.
 */
const limits = { pendingExtents: 262_144, l1Offset: 64 * 1024 * 1024 };

/**
 * What one step holds at most, but for the region that makes it full: a small file may map one cluster, plain or compressed, for all
 * of a large disk. Compressed clusters are counted in bytes, as those that came in several chunks are copied.
 */
const full = { regions: 1024, packedBytes: 4 * 1024 * 1024 };

/**
 * How far back any table may point. QEMU packs compressed clusters into the one it has begun even after it has
 * allocated the next L2 table behind it; and a small preallocated file has its first L2 table before the L1 table.
 */
function lookBehindBytes({ clusterSizeBytes }: Qcow2Header): number {
  return Math.max(4 * clusterSizeBytes, 256 * 1024);
}

/**
 * Decodes qcow2 in one pass over the file, in bounded memory, for files whose tables come before what they map:
 * everything `qemu-img convert` writes, compressed or not.
 *
 * It walks the file like a sweep line. `pending` holds what is known to lie ahead, by place in the file; data goes
 * out as it passes, in views on the chunk; what must be whole before it means anything (tables, compressed
 * clusters) is gathered, and each table, once whole, adds what it maps to `pending`. What passed a moment ago is
 * still at hand in `history`; a table that maps what has passed before that makes the file one to be spooled.
 *
 * Chunks are given away: the last few are held for that history, so their memory must not be used again before the
 * file has ended.
 */
export class Qcow2StreamDecoder implements ImageDecoder {
  private readonly prefix = new Prefix();
  private readonly pending = new OffsetHeap<Extent>();
  private readonly gathered = new GatheredExtents();
  private readonly history = new History();
  private header: Qcow2Header | undefined;
  private wantedBytes = smallestHeaderBytes;
  private receivedBytes = 0;
  /** Up to here the file has been dealt with: the end of the table or cluster that was used last. */
  private position = 0;
  /**
   * The last cluster of the file that compressed ones were packed into. QEMU goes on filling it after any amount of
   * plain data, so it is held until another takes its place.
   */
  private packed: ByteRange = { from: 0, until: 0 };
  /** While the L1 table has not been read it is held from its start on: it may be longer than anything else. */
  private l1: L1Ref | undefined;
  /** What is still to be done with the bytes of the last call. It goes on only as its regions are asked for. */
  private work: Iterator<DecodedRegion> | undefined;
  private outcome: DecodeFinished | NeedsSpool | DecodeFailed | undefined;

  constructor(private readonly options: Qcow2StreamOptions = {}) {}

  get virtualSizeBytes(): number | undefined {
    return this.header?.virtualSizeBytes;
  }

  push(chunk: Buffer): DecodeStep {
    return this.begin(this.pass(chunk));
  }

  end(): DecodeStep {
    return this.begin(this.finish());
  }

  next(): DecodeStep {
    if (this.outcome) return this.outcome;
    try {
      return this.fillStep();
    } catch (stop) {
      if (!(stop instanceof DecodeStop)) throw stop;
      this.work = undefined;
      this.outcome = stop.step;
      return stop.step;
    }
  }

  private begin(work: Iterator<DecodedRegion>): DecodeStep {
    if (this.work) throw new Error('there is more of what was pushed before: it must be taken by next() first');
    if (!this.outcome) this.work = work;
    return this.next();
  }

  private fillStep(): DecodeStep {
    const regions: DecodedRegion[] = [];
    for (let packedBytes = 0; regions.length < full.regions && packedBytes < full.packedBytes;) {
      const next = this.work?.next();
      if (!next || next.done) {
        this.work = undefined;
        return this.outcome?.status === 'finished' ? { ...this.outcome, regions } : { status: 'decoding', regions };
      }
      regions.push(next.value);
      if ('packed' in next.value) packedBytes += next.value.packed.length;
    }
    return { status: 'decoding', regions, more: true };
  }

  private readHeader(chunk: Buffer): Qcow2Header | undefined {
    let from = 0;
    for (;;) {
      from += this.prefix.fill(chunk, { from, wantedBytes: this.wantedBytes });
      if (this.prefix.bytes.length < this.wantedBytes) return undefined;
      const reading = readQcow2Header(this.prefix.bytes);
      if (reading.kind === 'invalid') fail('header', reading.failures.map(({ detail }) => detail).join('; '));
      if (reading.kind === 'incomplete') this.wantedBytes = reading.wantedBytes;
      else return this.acceptHeader(reading.header);
    }
  }

  private acceptHeader(header: Qcow2Header): Qcow2Header {
    this.header = header;
    const l1 = locateL1(header);
    if (!l1) return header;
    if (l1.host > limits.l1Offset) askForSpool(`${describe(l1)} comes after data it maps`);
    const { fileSizeBytes: sizeBytes } = this.options;
    if (sizeBytes !== undefined) requireInFile(l1, { sizeBytes, clusterSizeBytes: header.clusterSizeBytes });
    this.l1 = l1;
    // The L1 table lies behind the header, so nothing comes of it yet.
    this.pending.push(l1);
    return header;
  }

  /** Lets one chunk pass: data out, tables and compressed clusters gathered, in the order of the file. */
  private *pass(chunk: Buffer): Generator<DecodedRegion> {
    const header = this.header ?? this.readHeader(chunk);
    const window = { start: this.receivedBytes, end: this.receivedBytes + chunk.length, chunk };
    this.receivedBytes = window.end;
    if (!header) return;
    this.history.add(window);
    for (;;) {
      const whole = this.gathered.takeWhole(Math.min(window.end, this.pending.peek()?.host ?? Infinity));
      if (whole) {
        this.position = whole.host + whole.length;
        yield* this.use(whole, header);
        continue;
      }
      const next = this.pending.peek();
      if (!next || next.host >= window.end) break;
      this.pending.pop();
      if (next.kind !== 'data') this.gathered.begin(next);
      else yield this.passData(next, window);
    }
    this.history.forget(Math.min(window.end - lookBehindBytes(header), this.l1?.host ?? Infinity), this.packed);
  }

  private passData({ host, length, guest }: DataExtent, window: FileWindow): DecodedRegion {
    const until = Math.min(host + length, window.end);
    const passed = until - host;
    if (passed < length)
      this.pending.push({ kind: 'data', host: until, length: length - passed, guest: guest + passed });
    return { offset: guest, bytes: window.chunk.subarray(host - window.start, until - window.start) };
  }

  /** Acts on a stretch that is whole (at the end of the file: on as much of it as there is). */
  private *use(extent: WholeExtent, header: Qcow2Header): Generator<DecodedRegion> {
    const bytes = this.history.bytes(extent.host, extent.host + extent.length);
    if (extent.kind === 'l1') {
      this.l1 = undefined;
      requireTablesApart(bytes, header);
      yield* this.expect(readL1(bytes, header), header);
    }
    if (extent.kind === 'l2') yield* this.expect(readL2(bytes, extent.guest, header), header);
    if (extent.kind === 'deflated') {
      yield packedRegion(bytes, extent, header);
      const lastByte = extent.host + extent.length - 1;
      const from = lastByte - (lastByte % header.clusterSizeBytes);
      if (from > this.packed.from) this.packed = { from, until: from + header.clusterSizeBytes };
    }
  }

  /** Notes what a table maps: ahead, or just behind. */
  private *expect(extents: Iterable<Extent>, header: Qcow2Header): Generator<DecodedRegion> {
    const { fileSizeBytes: sizeBytes } = this.options;
    const { clusterSizeBytes } = header;
    for (const extent of extents) {
      if (sizeBytes !== undefined) requireInFile(extent, { sizeBytes, clusterSizeBytes });
      if (extent.host < this.position) yield* this.recall(extent, header);
      else this.pending.push(extent);
      if (this.pending.size + this.gathered.size > limits.pendingExtents) {
        askForSpool(`more than ${limits.pendingExtents} pieces of the file are mapped far ahead of where they lie`);
      }
    }
  }

  /** Deals with a stretch that began before the table that maps it had ended. */
  private *recall(extent: Extent, header: Qcow2Header): Generator<DecodedRegion> {
    const { position } = this;
    const { host, length, guest } = extent;
    if (!this.isHeld(extent, header)) askForSpool(`${describe(extent)} comes before the table that maps it`);
    const until = Math.min(host + length, position);
    if (extent.kind === 'data') {
      for (const { host: at, bytes } of this.history.views(host, until)) yield { offset: guest + at - host, bytes };
      const rest = { kind: 'data', host: until, length: host + length - until, guest: guest + until - host } as const;
      if (rest.length > 0) this.pending.push(rest);
    } else if (until === host + length) {
      yield* this.use(extent, header);
    } else {
      this.gathered.begin(extent);
    }
  }

  private isHeld({ host, length }: Extent, header: Qcow2Header): boolean {
    if (host >= this.packed.from && host + length <= this.packed.until) return true;
    // The first cluster holds the header, which was read apart and is not in the history.
    return host >= Math.max(header.clusterSizeBytes, this.position - lookBehindBytes(header));
  }

  private *finish(): Generator<DecodedRegion> {
    const { header, receivedBytes: sizeBytes } = this;
    if (!header) fail('truncated', `the header is missing: the file ends at byte ${sizeBytes}`);
    const announced = this.options.fileSizeBytes ?? sizeBytes;
    if (sizeBytes < announced) fail('truncated', `the file ends at byte ${sizeBytes} of ${announced}`);
    const file = { sizeBytes, clusterSizeBytes: header.clusterSizeBytes };
    for (let extent = this.gathered.takeWhole(Infinity); extent; extent = this.gathered.takeWhole(Infinity)) {
      requireInFile(extent, file);
      yield* this.use(extent, header);
    }
    for (let extent = this.pending.pop(); extent; extent = this.pending.pop()) requireInFile(extent, file);
    this.outcome = { status: 'finished', regions: [], virtualSizeBytes: header.virtualSizeBytes };
  }
}
