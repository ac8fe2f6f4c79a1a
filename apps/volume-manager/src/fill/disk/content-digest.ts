import type { ObjectReader } from '@hearth/driver-api';
import { createHash } from 'node:crypto';
import { isZero } from '@hearth/image-format';
import type { BlockThreads } from './block-threads';
import { pageAlignedMemory } from './page-aligned-memory';

/**
 * The digest of a disk's content, `sha256-1m:<hex>`: the same for any disk that reads the same up to zeros at its end, however it is
 * stored and in whatever order its parts became known.
 *
 * A disk is cut into blocks of 1 MiB and those into sixteen parts. A block's digest is the SHA-256 of its parts that are not all
 * zeros, each behind its number (one byte); the disk's is the SHA-256 of its blocks' digests that have such a part, in order, each
 * behind its number (eight bytes, big-endian). Holes cost nothing, and blocks can be hashed on several threads.
 */
export const blockBytes = 1024 * 1024;
export const partBytes = 64 * 1024;
const scheme = 'sha256-1m';

/** The digest of one block, 32 bytes; undefined when it is all zeros. A block at a disk's end may be shorter. */
export function blockDigest(block: Buffer): Buffer | undefined {
  const hash = createHash('sha256');
  let isEmpty = true;
  for (let at = 0; at < block.length; at += partBytes) {
    const part = block.subarray(at, at + partBytes);
    if (isZero(part)) continue;
    isEmpty = false;
    hash.update(Uint8Array.of(at / partBytes)).update(wholePart(part));
  }
  return isEmpty ? undefined : hash.digest();
}

/** A disk need not end where a part does: what follows counts as zeros. */
function wholePart(part: Buffer): Buffer {
  return part.length === partBytes ? part : Buffer.concat([part, Buffer.alloc(partBytes - part.length)]);
}

const digestBytes = 32;
const pageBlocks = 64;

/** The digests of a disk's blocks, gathered in any order. Takes 36 bytes for every MiB of data, and a little more where data is thin. */
export class ContentDigest {
  /** Digests of 64 neighbouring blocks each, by the number of the first divided by 64; zeros for a block of zeros. */
  private readonly pages = new Map<number, Buffer>();

  /** @param digest of the block with that number (1 MiB each, from 0); undefined for one of zeros. A later one replaces it. */
  set(block: number, digest: Uint8Array | undefined): void {
    const page = Math.floor(block / pageBlocks);
    const at = (block % pageBlocks) * digestBytes;
    const digests = this.pages.get(page);
    if (digest) (digests ?? this.add(page)).set(digest, at);
    else digests?.fill(0, at, at + digestBytes);
  }

  toString(): string {
    const root = createHash('sha256');
    const number = Buffer.alloc(8);
    for (const page of [...this.pages.keys()].sort((one, other) => one - other)) {
      for (let index = 0; index < pageBlocks; index += 1) {
        const digest = this.pages.get(page)!.subarray(index * digestBytes, (index + 1) * digestBytes);
        if (isZero(digest)) continue;
        number.writeBigUInt64BE(BigInt(page * pageBlocks + index));
        root.update(number).update(digest);
      }
    }
    return `${scheme}:${root.digest('hex')}`;
  }

  private add(page: number): Buffer {
    const digests = Buffer.alloc(pageBlocks * digestBytes);
    this.pages.set(page, digests);
    return digests;
  }
}

/** A digest of another kind, of another version of this software say, tells nothing about a disk. */
export function isContentDigest(digest: string | null | undefined): digest is string {
  return digest?.startsWith(`${scheme}:`) ?? false;
}

export interface ReadDigest {
  readonly contentDigest: string;
  readonly bytesRead: number;
}

/**
 * Reads an object and computes its content's digest, on other threads. `pace` is awaited with every block that was read, so that the
 * caller may slow it down, or end it by throwing.
 */
export async function digestOfObject(
  reader: ObjectReader,
  pace: (bytesRead: number) => Promise<void>,
  threads: Pick<BlockThreads, 'make'>,
): Promise<ReadDigest> {
  const digest = new ContentDigest();
  const memory = pageAlignedMemory(blockBytes);
  const buffer = Buffer.from(memory);
  let bytesRead = 0;
  for await (const block of blocksOf(reader)) {
    const bytes = buffer.subarray(0, Math.min(blockBytes, reader.sizeBytes - block * blockBytes));
    await reader.read(block * blockBytes, bytes);
    const order = { memory, offset: 0, length: bytes.length, packed: [], unitBytes: blockBytes };
    digest.set(block, (await threads.make(order)).digest);
    bytesRead += bytes.length;
    await pace(bytesRead);
  }
  return { contentDigest: digest.toString(), bytesRead };
}

/** The numbers of the blocks in which an object may hold something else than zeros, ascending. */
export async function* blocksOf(reader: Pick<ObjectReader, 'extents'>): AsyncGenerator<number> {
  let next = 0;
  for await (const { offset, length } of reader.extents()) {
    const end = Math.ceil((offset + length) / blockBytes);
    for (next = Math.max(next, Math.floor(offset / blockBytes)); next < end; next += 1) yield next;
  }
}
