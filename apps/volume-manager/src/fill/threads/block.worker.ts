// Makes blocks of a disk ready to be written, off the thread that downloads and writes: unpacks what is compressed in them, finds
// what is not zeros, and computes their digests. Compresses blocks that are sent to another host.
import { type DecodeProblem, isZero, prepareUnpacking, unpackRegion } from '@hearth/image-format';
import { parentPort } from 'node:worker_threads';
import { constants, deflateRawSync } from 'node:zlib';
import { ChunkGarbage } from '../chunk-garbage';
import type { BlockDone, BlockOrder, PackDone, PackOrder, Run } from '../disk/block-orders';
import { blockDigest } from '../disk/content-digest';
import { copyBytes } from '../disk/copy-bytes';
import { beNice } from './be-nice';

const garbage = new ChunkGarbage();

function make(order: BlockOrder): BlockDone {
  const { id, memory, offset, length, unitBytes } = order;
  const block = Buffer.from(memory, offset, length);
  const problem = unpackInto(block, order);
  if (problem) return { id, problem, runs: [], digest: undefined };
  return { id, problem, runs: dataRuns(block, unitBytes), digest: blockDigest(block) };
}

function unpackInto(block: Buffer, { packed }: BlockOrder): DecodeProblem | undefined {
  for (const { at, ...part } of packed) {
    const unpacked = unpackRegion({ ...part, packed: Buffer.from(part.packed.buffer) });
    if (unpacked.status === 'failed') return unpacked.problem;
    copyBytes(unpacked.region.bytes, block, at);
    garbage.passed(part.clusterSizeBytes + part.packed.length);
  }
  return undefined;
}

/** Neighbouring units come as one. A hole smaller than a unit is written as zeros. */
function dataRuns(block: Buffer, unitBytes: number): Run[] {
  const runs: { at: number; length: number }[] = [];
  for (let at = 0; at < block.length; at += unitBytes) {
    const unit = block.subarray(at, at + unitBytes);
    if (isZero(unit)) continue;
    const last = runs.at(-1);
    if (last && last.at + last.length === at) last.length += unit.length;
    else runs.push({ at, length: unit.length });
  }
  return runs;
}

function pack({ id, memory, stretches }: PackOrder): PackDone {
  const packed = stretches.map(({ at, length }) =>
    deflateRawSync(Buffer.from(memory, at, length), { level: constants.Z_BEST_SPEED }),
  );
  for (const { length } of packed) garbage.passed(length);
  return { id, packed };
}

beNice();
parentPort?.on('message', (order: BlockOrder | PackOrder) => {
  if ('stretches' in order) return parentPort?.postMessage(pack(order));
  // Few images have clusters of zstd, and its decoder takes some MiB: it is made ready when the first one comes.
  if (!order.packed.some(({ compression }) => compression === 'zstd')) return parentPort?.postMessage(make(order));
  void prepareUnpacking().then(() => parentPort?.postMessage(make(order)));
});
