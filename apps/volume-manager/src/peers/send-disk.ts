import type { ObjectReader } from '@hearth/driver-api';
import { splitNonZero } from '@hearth/image-format';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { BlockThreads } from '../fill/disk/block-threads';
import { blockBytes, blocksOf, partBytes } from '../fill/disk/content-digest';
import { pageAlignedMemory } from '../fill/disk/page-aligned-memory';
import { EncodingChoice } from './encoding-choice';
import { type DataFrame, dataHead, endFrame, frameHeadBytes, zerosFrame } from './frames';

/** Blocks in memory: one that is sent, and those that are read and compressed ahead of it. */
const slotsMax = 3;
/** In front of a block's bytes, for the head of a frame: a whole page, so that reads are aligned. */
const headRoomBytes = 4_096;
/** How long nothing is sent at most while blocks of zeros are read, in milliseconds. */
const quietMs = 1_000;

export interface SendDiskOptions {
  /** Where to begin on the disk: a multiple of 64 KiB, or the disk's end. */
  readonly fromByte: number;
  /** They compress. */
  readonly threads: Pick<BlockThreads, 'pack'>;
  /**
   * Hands bytes to the connection; settles once they may be used again, and rejects when the connection is gone or stalls.
   *
   * @param diskBytes what they stand for
   */
  readonly write: (bytes: Buffer, diskBytes: number) => Promise<void>;
}

/** A frame as it is sent, with its head. */
interface ReadyFrame {
  readonly lengthBytes: number;
  readonly framed: Buffer;
}

/** One block on its way, in memory that is used again after it. */
interface PreparedBlock {
  readonly frames: readonly ReadyFrame[];
  /** Where it ends on the disk. */
  readonly endByte: number;
  readonly deflateMs: number | undefined;
}

interface Slot {
  readonly memory: SharedArrayBuffer;
  free: Promise<void>;
}

/**
 * Sends the data of a disk as frames, in order, while the next blocks are read and, where that pays, compressed on other threads.
 * Holds some MiB in memory, however large the disk. Throws what the reader, the threads or `write` throw; of what it began nothing is
 * under way then.
 */
export async function sendDisk(reader: ObjectReader, { fromByte, threads, write }: SendDiskOptions): Promise<void> {
  const choice = new EncodingChoice(Math.min(availableParallelism(), slotsMax - 1));
  const counts = { frames: 0, dataBytes: 0 };
  const slots = Array.from({ length: slotsMax }, (): Slot => ({
    memory: pageAlignedMemory(headRoomBytes + blockBytes),
    free: Promise.resolve(),
  }));
  let lastAt = performance.now();
  let heardAt = lastAt;
  const send = async ({ frames, endByte, deflateMs }: PreparedBlock) => {
    const block = { dataBytes: 0, sentBytes: 0 };
    for (const { framed, lengthBytes } of frames) {
      await write(framed, lengthBytes);
      block.dataBytes += lengthBytes;
      block.sentBytes += framed.length;
    }
    counts.frames += frames.length;
    counts.dataBytes += block.dataBytes;
    const now = performance.now();
    const isQuiet = frames.length === 0;
    if (isQuiet && now - heardAt >= quietMs) await write(zerosFrame(endByte), 0);
    if (!isQuiet || now - heardAt >= quietMs) heardAt = now;
    if (!isQuiet) choice.sent({ ...block, ms: now - lastAt, deflateMs });
    lastAt = now;
  };
  let sending = Promise.resolve();
  try {
    let index = 0;
    for await (const block of blocksOf(reader)) {
      if ((block + 1) * blockBytes <= fromByte) continue;
      const slot = slots[index++ % slotsMax]!;
      await slot.free;
      const isDeflated = choice.next() === 'deflate';
      const preparing = prepare(reader, block, { memory: slot.memory, fromByte, isDeflated, threads });
      sending = inTurn(sending, preparing, send);
      slot.free = sending;
      // Whoever comes to this slot next hears of it; until then it must not count as unheard.
      slot.free.catch(() => undefined);
    }
    await sending;
  } finally {
    await Promise.allSettled(slots.map(({ free }) => free));
  }
  await write(endFrame(counts), 0);
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

interface Preparation extends Pick<SendDiskOptions, 'fromByte' | 'threads'> {
  readonly memory: SharedArrayBuffer;
  readonly isDeflated: boolean;
}

async function prepare(reader: ObjectReader, block: number, how: Preparation): Promise<PreparedBlock> {
  const start = Math.max(block * blockBytes, how.fromByte);
  const endByte = Math.min((block + 1) * blockBytes, reader.sizeBytes);
  const bytes = Buffer.from(how.memory, headRoomBytes, Math.max(0, endByte - start));
  await reader.read(start, bytes);
  const pieces = splitNonZero({ offset: start, bytes }, partBytes);
  if (!how.isDeflated || pieces.length === 0) {
    return { frames: pieces.map((piece) => inPlace(piece, how.memory)), endByte, deflateMs: undefined };
  }
  const began = performance.now();
  const stretches = pieces.map((piece) => ({ at: piece.bytes.byteOffset, length: piece.bytes.length }));
  const { packed } = await how.threads.pack({ memory: how.memory, stretches });
  const frames = pieces.map((piece, index) => smaller(piece, packed[index]!, how.memory));
  return { frames, endByte, deflateMs: performance.now() - began };
}

type Piece = ReturnType<typeof splitNonZero>[number];

/** The frame lies where its bytes were read: before them is room, or a part of zeros, which nobody is sent. */
function inPlace({ offset, bytes }: Piece, memory: SharedArrayBuffer): ReadyFrame {
  const framed = Buffer.from(memory, bytes.byteOffset - frameHeadBytes, frameHeadBytes + bytes.length);
  framed.set(dataHead({ offset, lengthBytes: bytes.length, encoding: 'raw', bytes }));
  return { lengthBytes: bytes.length, framed };
}

function smaller(piece: Piece, packed: Uint8Array, memory: SharedArrayBuffer): ReadyFrame {
  if (packed.length > 0.9 * piece.bytes.length) return inPlace(piece, memory);
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const frame: DataFrame = { offset: piece.offset, lengthBytes: piece.bytes.length, encoding: 'deflate', bytes };
  return { lengthBytes: frame.lengthBytes, framed: Buffer.concat([dataHead(frame), bytes]) };
}
