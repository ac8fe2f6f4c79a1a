import { DecodeStop, askForSpool, fail } from '../decode-stop';
import type { DecodeFailed, DecodeFinished, DecodeStep, ImageDecoder, NeedsSpool, Region } from '../decoder';
import { Prefix } from '../prefix';
import { describe, requireInFile } from './file-bounds';
import { GatheredExtents, type FileWindow } from './gathered-extents';
import { readQcow2Header, smallestHeaderBytes, type Qcow2Header } from './header';
import { inflateCluster } from './inflate';
import { OffsetHeap } from './offset-heap';
import { locateL1, readL1, readL2, type DataExtent, type Extent } from './tables';

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
 * Decodes qcow2 in one pass over the file, in bounded memory, for files whose tables come before what they map:
 * everything `qemu-img convert` writes, compressed or not.
 *
 * It walks the file like a sweep line. `pending` holds what is known to lie ahead, by place in the file; data goes
 * out as it passes, in views on the chunk; what must be whole before it means anything (tables, compressed
 * clusters) is gathered, and each table, once whole, adds what it maps to `pending`. A table that maps what has
 * passed already makes the file one to be spooled.
 */
export class Qcow2StreamDecoder implements ImageDecoder {
  private readonly prefix = new Prefix();
  private readonly pending = new OffsetHeap<Extent>();
  private readonly gathered = new GatheredExtents();
  private header: Qcow2Header | undefined;
  private wantedBytes = smallestHeaderBytes;
  private receivedBytes = 0;
  private outcome: DecodeFinished | NeedsSpool | DecodeFailed | undefined;

  constructor(private readonly options: Qcow2StreamOptions = {}) {}

  get virtualSizeBytes(): number | undefined {
    return this.header?.virtualSizeBytes;
  }

  push(chunk: Buffer): DecodeStep {
    return this.step(() => {
      const regions: Region[] = [];
      const header = this.header ?? this.readHeader(chunk);
      if (header) this.sweep(chunk, header, regions);
      this.receivedBytes += chunk.length;
      return { status: 'decoding', regions };
    });
  }

  end(): DecodeStep {
    return this.step(() => {
      const regions: Region[] = [];
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
    this.expect([l1], { after: 0 });
    return header;
  }

  /** Lets one chunk pass: data out, tables and compressed clusters gathered, in the order of the file. */
  private sweep(chunk: Buffer, header: Qcow2Header, regions: Region[]): void {
    const window = { start: this.receivedBytes, end: this.receivedBytes + chunk.length, chunk };
    for (;;) {
      const whole = this.gathered.takeWhole(Math.min(window.end, this.pending.peek()?.host ?? Infinity));
      if (whole) {
        this.use(whole.extent, whole.bytesIn(window), header, regions);
        continue;
      }
      const next = this.pending.peek();
      if (!next || next.host >= window.end) break;
      this.pending.pop();
      if (next.kind !== 'data') this.gathered.begin(next);
      else this.passData(next, window, regions);
    }
    this.gathered.keep(window);
  }

  private passData({ host, length, guest }: DataExtent, window: FileWindow, regions: Region[]): void {
    const until = Math.min(host + length, window.end);
    regions.push({ offset: guest, bytes: window.chunk.subarray(host - window.start, until - window.start) });
    const passed = until - host;
    if (passed < length)
      this.pending.push({ kind: 'data', host: until, length: length - passed, guest: guest + passed });
  }

  /** Acts on a stretch that has been gathered whole (at the end of the file: as much of it as there is). */
  private use(extent: Extent, bytes: Buffer, header: Qcow2Header, regions: Region[]): void {
    const after = extent.host + extent.length;
    if (extent.kind === 'l1') this.expect(readL1(bytes, header), { after });
    if (extent.kind === 'l2') this.expect(readL2(bytes, extent.guest, header), { after });
    if (extent.kind === 'deflated') {
      regions.push({ offset: extent.guest, bytes: inflateCluster(bytes, extent, header) });
    }
  }

  /** Notes what a table that ends at `after` maps. */
  private expect(extents: readonly Extent[], { after }: { after: number }): void {
    const { fileSizeBytes: sizeBytes } = this.options;
    for (const extent of extents) {
      if (extent.host < after) askForSpool(`${describe(extent)} comes before the table that maps it`);
      if (sizeBytes !== undefined) requireInFile(extent, { sizeBytes, clusterSizeBytes: this.clusterSizeBytes() });
      this.pending.push(extent);
    }
    if (this.pending.size > limits.pendingExtents) {
      askForSpool(`more than ${limits.pendingExtents} pieces of the file are mapped far ahead of where they lie`);
    }
  }

  private finish(regions: Region[]): void {
    const { header, receivedBytes: sizeBytes } = this;
    if (!header) fail('truncated', `the header is missing: the file ends at byte ${sizeBytes}`);
    const announced = this.options.fileSizeBytes ?? sizeBytes;
    if (sizeBytes < announced) fail('truncated', `the file ends at byte ${sizeBytes} of ${announced}`);
    const file = { sizeBytes, clusterSizeBytes: this.clusterSizeBytes() };
    for (const { extent, bytes } of this.gathered.takeRest()) {
      requireInFile(extent, file);
      this.use(extent, bytes, header, regions);
    }
    for (let extent = this.pending.pop(); extent; extent = this.pending.pop()) requireInFile(extent, file);
  }

  private clusterSizeBytes(): number {
    return this.header?.clusterSizeBytes ?? smallestHeaderBytes;
  }
}
