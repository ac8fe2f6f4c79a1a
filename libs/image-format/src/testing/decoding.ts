import type { DecodedRegion, DecodeFailed, DecodeStep, ImageDecoder, Region } from '../decoder';
import { decodeQcow2File, type FileDecodeResult } from '../qcow2/file.decoder';
import { unpackRegion } from '../qcow2/unpack';

/** The bytes cut into chunks of the given sizes, used over and over. Each is a copy, as from a socket. */
export function chop(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    chunks.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return chunks;
}

/** A disk to decode onto. Refuses regions that lie outside, that are empty, or that write a byte twice. */
export class Disk {
  readonly bytes: Buffer;
  private readonly written: Uint8Array;

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes);
    this.written = new Uint8Array(sizeBytes);
  }

  readonly write = ({ offset, bytes }: Region): void => {
    if (bytes.length === 0) throw new Error(`an empty region at ${offset}`);
    if (offset < 0 || offset + bytes.length > this.bytes.length) throw new Error(`a region outside, at ${offset}`);
    if (this.written.subarray(offset, offset + bytes.length).includes(1)) throw new Error(`written twice: ${offset}`);
    this.written.fill(1, offset, offset + bytes.length);
    bytes.copy(this.bytes, offset);
  };
}

export interface Decoded {
  readonly status: DecodeStep['status'];
  readonly last: DecodeStep;
  /** Regions of all steps, unpacked, as if each had been written at once. */
  readonly regions: readonly Region[];
}

/** A decoder, or a reader with one in it. */
interface Steps<Step> {
  push(chunk: Buffer): Step;
  next(): Step;
  end(): Step;
}

/** Every step a file brings, up to the one that says what becomes of it. */
export function* stepsOf<Step extends { status: string; more?: true }>(
  decoder: Steps<Step>,
  chunks: readonly Buffer[],
): Generator<Step> {
  for (const chunk of [...chunks, undefined]) {
    let step = chunk ? decoder.push(chunk) : decoder.end();
    for (; step.more; step = decoder.next()) yield step;
    yield step;
    if (step.status !== 'decoding') return;
  }
}

/** Decodes and unpacks. What the decoder finds comes before what unpacking finds: the one does not wait for the other. */
export function decodeChunks(decoder: ImageDecoder, chunks: readonly Buffer[]): Decoded {
  const unpacking = new Unpacking();
  let end: DecodeStep = { status: 'decoding', regions: [] };
  for (const step of stepsOf(decoder, chunks)) {
    if ('regions' in step) step.regions.forEach(unpacking.take);
    end = step;
  }
  const last = end.status === 'finished' ? (unpacking.failed ?? end) : end;
  return { status: last.status, last, regions: unpacking.regions };
}

/** Regions as data; notes the first that cannot be unpacked. */
class Unpacking {
  readonly regions: Region[] = [];
  failed: DecodeFailed | undefined;

  readonly take = (region: DecodedRegion): void => {
    const unpacked = 'packed' in region ? unpackRegion(region) : ({ status: 'unpacked', region } as const);
    if (unpacked.status === 'unpacked') this.regions.push(unpacked.region);
    else this.failed ??= unpacked;
  };
}

/** The disk the regions make. */
export function toDisk(regions: readonly Region[], sizeBytes: number): Buffer {
  const disk = new Disk(sizeBytes);
  regions.forEach(disk.write);
  return disk.bytes;
}

/** Decodes a file in memory by random access, and unpacks. */
export async function decodeStored(file: Buffer): Promise<{ result: FileDecodeResult; regions: Region[] }> {
  const unpacking = new Unpacking();
  const source = {
    sizeBytes: file.length,
    read: async (offset: number, length: number) => Buffer.from(file.subarray(offset, offset + length)),
  };
  const result = await decodeQcow2File(source, (region) => {
    unpacking.take('packed' in region ? region : { ...region, bytes: Buffer.from(region.bytes) });
  });
  const { regions, failed } = unpacking;
  return { result: result.status === 'finished' ? (failed ?? result) : result, regions };
}
