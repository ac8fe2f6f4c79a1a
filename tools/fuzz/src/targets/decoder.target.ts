import {
  type ByteSource,
  type DecodedRegion,
  type DecodeStep,
  decodeQcow2File,
  type FileDecodeResult,
  Qcow2StreamDecoder,
} from '@hearth/image-format';
import { fnv } from '../engine/fnv';
import { magnitude, require, shape, type Target } from '../engine/target';
import { qcow2Seeds } from '../seeds';
import { chanceOf, chunksOf } from './chunk-sizes';
import { diskMap } from './disk-map';
import { StepBudget } from './step-budget';

interface Streamed {
  readonly last: DecodeStep;
  readonly regions: readonly DecodedRegion[];
  readonly map: string;
}

/** Both qcow2 decoders: they agree with each other and with themselves, whatever the chunks. */
export const decoderTarget: Target = {
  name: 'decoder',
  seeds: qcow2Seeds,
  async run(input) {
    const random = chanceOf(input);
    const whole = stream(new Qcow2StreamDecoder(), [input]);
    const chopped = stream(new Qcow2StreamDecoder(), chunksOf(input, random));
    require(ending(chopped.last) === ending(whole.last), () =>
      `chunks change the end: ${ending(whole.last)}; chopped: ${ending(chopped.last)}`);
    const finished = whole.last.status === 'finished';
    if (finished) require(chopped.map === whole.map, 'chunks change the disk');

    const known = stream(new Qcow2StreamDecoder({ fileSizeBytes: input.length }), chunksOf(input, random));
    require((known.last.status === 'finished') === finished, () =>
      `knowing the size changes the end: ${ending(whole.last)}; known: ${ending(known.last)}`);
    if (finished) require(known.map === whole.map, 'knowing the size changes the disk');

    const stored = await decodeStored(input);
    const { status } = whole.last;
    if (status !== 'needs-spool') {
      require(stored.result.status === status, () =>
        `one pass: ${ending(whole.last)}; stored: ${JSON.stringify(stored.result)}`);
    }
    if (finished) require(stored.map === whole.map, 'the stored file gives another disk than one pass');
    return [shape(ending(whole.last)), shape(JSON.stringify(stored.result)), kinds(stored.regions)].join(' | ');
  },
};

function stream(decoder: Qcow2StreamDecoder, chunks: readonly Buffer[]): Streamed {
  const regions: DecodedRegion[] = [];
  let last: DecodeStep = { status: 'decoding', regions: [] };
  const budget = new StepBudget();
  const take = (call: () => DecodeStep): void => {
    for (last of budget.all(decoder, call)) {
      if ('regions' in last) for (const region of last.regions) regions.push(region);
    }
  };
  for (const chunk of chunks) {
    budget.feed(chunk.length);
    take(() => decoder.push(chunk));
    if (last.status !== 'decoding') break;
  }
  if (last.status === 'decoding') take(() => decoder.end());
  require(last.status !== 'decoding', 'the end of the file is no end');
  const again = [decoder.push(Buffer.alloc(600)), decoder.end()].map(ending);
  require(again.every((text) => text === ending(last)), 'what is final changes');
  return { last, regions, map: diskMap(regions, decoder.virtualSizeBytes ?? 0) };
}

/** A step without its regions. */
function ending(step: DecodeStep): string {
  switch (step.status) {
    case 'finished':
      return `finished ${step.virtualSizeBytes}`;
    case 'failed':
      return `failed ${step.problem.code}: ${step.problem.detail}`;
    case 'needs-spool':
      return `needs-spool: ${step.reason}`;
    case 'decoding':
      return 'decoding';
  }
}

/** One buffer for all reads, as a reader of files has: what the decoder keeps of it for longer would be seen to change. */
function reusing(file: Buffer): ByteSource {
  let buffer = Buffer.alloc(0);
  return {
    sizeBytes: file.length,
    read: async (offset, length) => {
      buffer.fill(0xdb);
      if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
      require(offset >= 0 && offset + length <= file.length, () => `reads ${length} bytes at ${offset}, outside`);
      return buffer.subarray(0, file.copy(buffer, 0, offset, offset + length));
    },
  };
}

async function decodeStored(
  file: Buffer,
): Promise<{ result: FileDecodeResult; regions: readonly DecodedRegion[]; map: string }> {
  const regions: DecodedRegion[] = [];
  const hashes: number[] = [];
  const result = await decodeQcow2File(reusing(file), (region) => {
    if (!('packed' in region)) {
      regions.push({ ...region, bytes: Buffer.from(region.bytes) });
      return;
    }
    hashes.push(fnv(region.packed.subarray(0, 256)));
    regions.push(region);
  });
  const kept = regions.flatMap((region) => ('packed' in region ? [fnv(region.packed.subarray(0, 256))] : []));
  require(kept.every((hash, index) => hash === hashes[index]), 'a packed region changes after it was handed out');
  const virtualSizeBytes = result.status === 'finished' ? result.virtualSizeBytes : Number.MAX_SAFE_INTEGER;
  return { result, regions, map: diskMap(regions, virtualSizeBytes) };
}

function kinds(regions: readonly DecodedRegion[]): string {
  const packed = regions.filter((region) => 'packed' in region).length;
  return `packed ${magnitude(packed)} plain ${magnitude(regions.length - packed)}`;
}
