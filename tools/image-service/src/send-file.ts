import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteRange } from './byte-range';
import type { TokenBucket } from './token-bucket';

const chunkBytes = 1024 * 1024;

/**
 * Sends a part of a file as the body of an answer whose head is written. Two buffers take turns: one is filled from the
 * disk while the kernel takes the other, and no third one is ever made, so memory is bounded and a slow reader slows the
 * disk. A throttle makes the pieces smaller as well, so that they come steadily. A file that ends too early breaks the
 * connection off, which the other side sees; there is no other way to say it.
 */
export async function sendFile(
  response: ServerResponse,
  handle: FileHandle,
  range: ByteRange,
  throttle?: TokenBucket,
): Promise<void> {
  const pieceBytes = throttle ? pieceBytesOf(throttle) : chunkBytes;
  const buffers = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let sending: Promise<void> = Promise.resolve();
  for (let position = range.start, turn = 0; position <= range.end && !response.destroyed; turn ^= 1) {
    const length = Math.min(pieceBytes, range.end + 1 - position);
    const { bytesRead } = await handle.read(buffers[turn]!, 0, length, position);
    await sending;
    if (bytesRead === 0) {
      response.destroy(new Error(`the file ends at ${position}, bytes to ${range.end} were promised`));
      return;
    }
    if (throttle) await sleep(throttle.take(bytesRead, performance.now()));
    sending = write(response, buffers[turn]!.subarray(0, bytesRead));
    position += bytesRead;
  }
  await sending;
  if (!response.destroyed) response.end();
}

/** What passes in a fiftieth of a second. */
function pieceBytesOf({ bytesPerSecond }: TokenBucket): number {
  return Math.max(1, Math.min(chunkBytes, Math.floor(bytesPerSecond / 50)));
}

/** Settles when the kernel has the bytes, or when the client is gone. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(bytes, done);
  });
}
