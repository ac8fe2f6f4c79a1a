import type { ObjectReader } from '@hearth/driver-api';
import { splitNonZero } from '@hearth/image-format';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import { blockBytes, blocksOf, partBytes } from '../fill/disk/content-digest';
import { EncodingChoice } from './encoding-choice';
import { type DataFrame, dataHead, endFrame } from './frames';

const deflate = promisify(deflateRaw);

/** Blocks in memory: those that are read and compressed ahead of the one that is sent. */
const slotsMax = 6;

export interface SendDiskOptions {
  /** Where to begin on the disk: a multiple of 64 KiB, or the disk's end. */
  readonly fromByte: number;
  /** Hands bytes to the connection; settles once they may be used again, and rejects when the connection is gone or stalls. */
  readonly write: (...pieces: readonly Buffer[]) => Promise<void>;
}

/** One block on its way, in memory that is used again after it. */
interface PreparedBlock {
  readonly frames: readonly DataFrame[];
  readonly deflateMs: number | undefined;
}

/**
 * Sends the data of a disk as frames, in order, while the next blocks are read and, where that pays, compressed on other threads.
 * Holds some MiB in memory, however large the disk. Throws what the reader or `write` throws; nothing is under way then.
 */
export async function sendDisk(reader: ObjectReader, { fromByte, write }: SendDiskOptions): Promise<void> {
  const choice = new EncodingChoice(Math.min(availableParallelism(), 4));
  const counts = { frames: 0, dataBytes: 0 };
  const slots = Array.from({ length: slotsMax }, () => ({ memory: Buffer.alloc(blockBytes), free: Promise.resolve() }));
  let lastAt = performance.now();
  const send = async ({ frames, deflateMs }: PreparedBlock) => {
    const block = { dataBytes: 0, sentBytes: 0 };
    for (const frame of frames) {
      await write(dataHead(frame), frame.bytes);
      block.dataBytes += frame.lengthBytes;
      block.sentBytes += frame.bytes.length;
    }
    counts.frames += frames.length;
    counts.dataBytes += block.dataBytes;
    const now = performance.now();
    if (frames.length > 0) choice.sent({ ...block, ms: now - lastAt, deflateMs });
    lastAt = now;
  };
  let sending = Promise.resolve();
  try {
    let index = 0;
    for await (const block of blocksOf(reader)) {
      if ((block + 1) * blockBytes <= fromByte) continue;
      const slot = slots[index++ % slotsMax]!;
      await slot.free;
      const preparing = prepare(reader, block, { ...slot, fromByte, isDeflated: choice.next() === 'deflate' });
      sending = inTurn(sending, preparing, send);
      slot.free = sending;
      // Whoever comes to this slot next hears of it; until then it must not count as unheard.
      slot.free.catch(() => undefined);
    }
    await sending;
  } finally {
    await Promise.allSettled(slots.map(({ free }) => free));
  }
  await write(endFrame(counts));
}

/** Settles when both have settled, so that nobody reads into a slot that counts as free. */
async function inTurn(
  before: Promise<void>,
  preparing: Promise<PreparedBlock>,
  send: (block: PreparedBlock) => Promise<void>,
): Promise<void> {
  const [prepared, earlier] = await Promise.allSettled([preparing, before]);
  if (earlier.status === 'rejected') throw earlier.reason;
  if (prepared.status === 'rejected') throw prepared.reason;
  await send(prepared.value);
}

async function prepare(
  reader: ObjectReader,
  block: number,
  how: { readonly memory: Buffer; readonly fromByte: number; readonly isDeflated: boolean },
): Promise<PreparedBlock> {
  const start = Math.max(block * blockBytes, how.fromByte);
  const end = Math.min((block + 1) * blockBytes, reader.sizeBytes);
  const bytes = how.memory.subarray(0, Math.max(0, end - start));
  await reader.read(start, bytes);
  const pieces = splitNonZero({ offset: start, bytes }, partBytes);
  const began = performance.now();
  const frames = how.isDeflated ? await Promise.all(pieces.map(deflated)) : pieces.map(raw);
  return { frames, deflateMs: how.isDeflated ? performance.now() - began : undefined };
}

type Piece = ReturnType<typeof splitNonZero>[number];

const raw = ({ offset, bytes }: Piece): DataFrame => ({ offset, lengthBytes: bytes.length, encoding: 'raw', bytes });

async function deflated(piece: Piece): Promise<DataFrame> {
  const packed = await deflate(piece.bytes, { level: constants.Z_BEST_SPEED });
  if (packed.length > 0.9 * piece.bytes.length) return raw(piece);
  return { offset: piece.offset, lengthBytes: piece.bytes.length, encoding: 'deflate', bytes: packed };
}
