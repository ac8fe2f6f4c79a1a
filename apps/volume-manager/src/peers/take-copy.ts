import type { ObjectWriter } from '@hearth/driver-api';
import type { DecodedRegion } from '@hearth/image-format';
import { gibToBytes } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { SecureContext } from 'node:tls';
import { blockBytes } from '../fill/disk/content-digest';
import type { BlockThreads } from '../fill/disk/block-threads';
import { DiskWriter, PackedProblemError } from '../fill/disk/disk-writer';
import type { FillOrder } from '../fill/fill-work';
import type { ResumeBudget } from '../fill/source/resume-budget';
import type { FoundCopy } from './find-copies';
import type { DataFrame } from './frames';
import type { MinimumProgress } from './minimum-progress';
import { PeerDeclinedError } from './peer-declined.error';
import { countReceived } from './peer-metrics';
import { type OpenTransfer, openTransfer } from './receive-frames';

export interface TakeOptions {
  readonly context: () => SecureContext;
  readonly threads: BlockThreads;
  readonly resume?: ResumeBudget | undefined;
  readonly stallTimeoutMs?: number | undefined;
  readonly minimum?: MinimumProgress | undefined;
  readonly fruitlessMsMax?: number | undefined;
  readonly log: Log;
}

/** A copy that has arrived whole: its content has the digest that the log has for it. */
export interface TakenCopy {
  readonly sizeBytes: number;
  readonly bytesReceived: number;
  readonly bytesWritten: number;
  readonly syncMs: number;
}

/**
 * Writes a peer's copy into the order's object. The object is opened once the peer has begun to serve, and is given up when this
 * throws: `PeerDeclinedError` when it is the peer's doing; else what the order or the driver has thrown, or the signal's reason.
 */
export async function takeCopy(found: FoundCopy, order: FillOrder, options: TakeOptions): Promise<TakenCopy> {
  const { peer, pool, entry } = found;
  const sizeBytes = gibToBytes(entry.sizeGib);
  const received = { bytes: 0 };
  const transfer = await openTransfer({
    ...{ peer, sizeBytes, copy: { pool, generation: entry.generation }, signal: order.signal },
    ...{ context: options.context, resume: options.resume, stallTimeoutMs: options.stallTimeoutMs },
    ...{ minimum: options.minimum, fruitlessMsMax: options.fruitlessMsMax },
    onBytes: (bytes) => {
      received.bytes += bytes;
      countReceived(bytes);
    },
    onResumed: ({ atByte, cause }) =>
      options.log.warn('a transfer from a peer broke off and goes on', { host: peer.host, pool, atByte, cause }),
  });
  let object: ObjectWriter;
  try {
    object = await order.open(sizeBytes, Math.min(sizeBytes, order.image.sizeBytes));
  } catch (error) {
    transfer.leave();
    throw error;
  }
  const disk = new DiskWriter(object, { sizeBytes, unitBytes: order.unitBytes, threads: options.threads });
  try {
    await writeFrames(transfer, disk, { order, sizeBytes });
    requireDigest(found, await disk.end());
    const from = performance.now();
    await object.finish();
    const syncMs = performance.now() - from;
    return { sizeBytes, bytesReceived: received.bytes, bytesWritten: disk.bytesWritten, syncMs };
  } catch (error) {
    await disk.settle();
    await giveUp(object, found, options.log);
    throw error instanceof PackedProblemError ? badData(found, error) : error;
  }
}

/** That an object cannot be removed now changes nothing about why it is given up. It is no whole one: the next writer replaces it. */
async function giveUp(object: ObjectWriter, { peer, pool }: FoundCopy, log: Log): Promise<void> {
  try {
    await object.abort();
  } catch (error) {
    log.error('what had come from a peer could not be removed', { host: peer.host, pool, error });
  }
}

async function writeFrames(
  transfer: OpenTransfer,
  disk: DiskWriter,
  { order, sizeBytes }: { readonly order: FillOrder; readonly sizeBytes: number },
): Promise<void> {
  for await (const frames of transfer.frames()) {
    await disk.write(frames.map(regionOf));
    const { offset, lengthBytes } = frames.at(-1)!;
    order.onStep?.({ phase: 'peer', bytesDone: offset + lengthBytes, bytesTotal: sizeBytes });
  }
}

/** A compressed frame is unpacked where compressed clusters are: on the threads that make blocks ready. */
function regionOf({ offset, lengthBytes, encoding, bytes }: DataFrame): DecodedRegion {
  if (encoding === 'raw') return { offset, bytes };
  return { offset, lengthBytes, clusterSizeBytes: lengthBytes, compression: 'zlib', packed: bytes, fileOffset: 0 };
}

function requireDigest({ peer, pool, entry }: FoundCopy, digest: string): void {
  if (digest === entry.evidence.contentDigest) return;
  const what = `generation ${entry.generation} of ${pool} as ${peer.host} sends it has the digest ${digest}`;
  throw new PeerDeclinedError('digest-mismatch', `${what}, where the log has ${entry.evidence.contentDigest}`);
}

function badData({ peer }: FoundCopy, { problem }: PackedProblemError): PeerDeclinedError {
  const block = `a frame of at most ${blockBytes} bytes that does not unpack`;
  return new PeerDeclinedError('bad-stream', `${peer.host} has sent ${block}: ${problem.detail}`);
}
