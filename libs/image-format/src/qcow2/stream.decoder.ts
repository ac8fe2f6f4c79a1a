import { DecodeStop, askForSpool, fail } from '../decode-stop';
import type { DecodedRegion, DecodeFailed, DecodeFinished, DecodeStep, ImageDecoder, NeedsSpool } from '../decoder';
import { Prefix } from '../prefix';
import { describe, requireInFile, requireRoomForTables } from './file-bounds';
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
  private namedTables = 0;
  private outcome: DecodeFinished | NeedsSpool | DecodeFailed | undefined;

  constructor(private readonly options: Qcow2StreamOptions = {}) {}

  get virtualSizeBytes(): number | undefined {
    return this.header?.virtualSizeBytes;
  }

  push(chunk: Buffer): DecodeStep {
    return this.step(() => {
      const regions: DecodedRegion[] = [];
      const header = this.header ?? this.readHeader(chunk);
      if (header) this.sweep(chunk, header, regions);
      this.receivedBytes += chunk.length;
      return { status: 'decoding', regions };
    });
  }

  end(): DecodeStep {
    return this.step(() => {
      const regions: DecodedRegion[] = [];
      this.finish(regions);
      const virtualSizeBytes = this.header?.virtualSizeBytes ?? 0;
      this.outcome = { status: 'finished', regions: [], virtualSizeBytes };
      return { ...this.outcome, regions };
    });
  }

  private step(work: () => DecodeStep): DecodeStep {
    if (this.outcome) return this.outcome;
    try {
      return work();
    } catch (stop) {
      if (!(stop instanceof DecodeStop)) throw stop;
      this.outcome = stop.step;
      return stop.step;
    }
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
    this.l1 = l1;
    this.expect([l1], header, []);
    return header;
  }

  /** Lets one chunk pass: data out, tables and compressed clusters gathered, in the order of the file. */
  private sweep(chunk: Buffer, header: Qcow2Header, regions: DecodedRegion[]): void {
    const window = { start: this.receivedBytes, end: this.receivedBytes + chunk.length, chunk };
    this.history.add(window);
    for (;;) {
      const whole = this.gathered.takeWhole(Math.min(window.end, this.pending.peek()?.host ?? Infinity));
      if (whole) {
        this.position = whole.host + whole.length;
        this.use(whole, header, regions);
        continue;
      }
      const next = this.pending.peek();
      if (!next || next.host >= window.end) break;
      this.pending.pop();
      if (next.kind !== 'data') this.gathered.begin(next);
      else this.passData(next, window, regions);
    }
    this.history.forget(Math.min(window.end - lookBehindBytes(header), this.l1?.host ?? Infinity), this.packed);
  }

  private passData({ host, length, guest }: DataExtent, window: FileWindow, regions: DecodedRegion[]): void {
    const until = Math.min(host + length, window.end);
    regions.push({ offset: guest, bytes: window.chunk.subarray(host - window.start, until - window.start) });
    const passed = until - host;
    if (passed < length)
      this.pending.push({ kind: 'data', host: until, length: length - passed, guest: guest + passed });
  }

  /** Acts on a stretch that is whole (at the end of the file: on as much of it as there is). */
  private use(extent: WholeExtent, header: Qcow2Header, regions: DecodedRegion[]): void {
    const bytes = this.history.bytes(extent.host, extent.host + extent.length);
    if (extent.kind === 'l1') {
      this.l1 = undefined;
      this.expect(this.countTables(readL1(bytes, header)), header, regions);
    }
    if (extent.kind === 'l2') this.expect(readL2(bytes, extent.guest, header), header, regions);
    if (extent.kind === 'deflated') {
      regions.push(packedRegion(bytes, extent, header));
      const lastByte = extent.host + extent.length - 1;
      const from = lastByte - (lastByte % header.clusterSizeBytes);
      if (from > this.packed.from) this.packed = { from, until: from + header.clusterSizeBytes };
    }
  }

  private *countTables(tables: Iterable<Extent>): Generator<Extent> {
    for (const table of tables) {
      this.namedTables += 1;
      yield table;
    }
  }

  /** Notes what a table maps: ahead, or just behind. */
  private expect(extents: Iterable<Extent>, header: Qcow2Header, regions: DecodedRegion[]): void {
    const { fileSizeBytes: sizeBytes } = this.options;
    const { clusterSizeBytes } = header;
    for (const extent of extents) {
      if (sizeBytes !== undefined) requireInFile(extent, { sizeBytes, clusterSizeBytes });
      if (extent.host < this.position) this.recall(extent, header, regions);
      else this.pending.push(extent);
      if (this.pending.size + this.gathered.size > limits.pendingExtents) {
        askForSpool(`more than ${limits.pendingExtents} pieces of the file are mapped far ahead of where they lie`);
      }
    }
  }

  /** Deals with a stretch that began before the table that maps it had ended. */
  private recall(extent: Extent, header: Qcow2Header, regions: DecodedRegion[]): void {
    const { position } = this;
    const { host, length, guest } = extent;
    if (!this.isHeld(extent, header)) askForSpool(`${describe(extent)} comes before the table that maps it`);
    const until = Math.min(host + length, position);
    if (extent.kind === 'data') {
      for (const { host: at, bytes } of this.history.views(host, until))
        regions.push({ offset: guest + at - host, bytes });
      const rest = { kind: 'data', host: until, length: host + length - until, guest: guest + until - host } as const;
      if (rest.length > 0) this.pending.push(rest);
    } else if (until === host + length) {
      this.use(extent, header, regions);
    } else {
      this.gathered.begin(extent);
    }
  }

  private isHeld({ host, length }: Extent, header: Qcow2Header): boolean {
    if (host >= this.packed.from && host + length <= this.packed.until) return true;
    // The first cluster holds the header, which was read apart and is not in the history.
    return host >= Math.max(header.clusterSizeBytes, this.position - lookBehindBytes(header));
  }

  private finish(regions: DecodedRegion[]): void {
    const { header, receivedBytes: sizeBytes } = this;
    if (!header) fail('truncated', `the header is missing: the file ends at byte ${sizeBytes}`);
    const announced = this.options.fileSizeBytes ?? sizeBytes;
    if (sizeBytes < announced) fail('truncated', `the file ends at byte ${sizeBytes} of ${announced}`);
    const file = { sizeBytes, clusterSizeBytes: header.clusterSizeBytes };
    requireRoomForTables(this.namedTables, file);
    for (let extent = this.gathered.takeWhole(Infinity); extent; extent = this.gathered.takeWhole(Infinity)) {
      requireInFile(extent, file);
      this.use(extent, header, regions);
    }
    for (let extent = this.pending.pop(); extent; extent = this.pending.pop()) requireInFile(extent, file);
  }
}
