import { ZSTDDecoder } from 'zstddec';
import { findZstdFrame } from './zstd-frame';

const decoder = new ZSTDDecoder();
let isReady = false;
let preparing: Promise<void> | undefined;

/**
 * Makes zstd ready on this thread: its decoder is compiled, which cannot be done synchronously. Takes some
 * milliseconds the first time and nothing afterwards.
 */
export function prepareZstd(): Promise<void> {
  preparing ??= decoder.init().then(() => {
    isReady = true;
  });
  return preparing;
}

/**
 * Unpacks the one zstd frame that `bytes` begin with; what follows it is not looked at.
 * Memory is taken for `sizeBytes`, whatever the frame says. The decoder sees nothing but memory of its own.
 *
 * @returns undefined for anything but a whole frame of exactly `sizeBytes`
 * @throws Error when `prepareZstd` has not ended yet
 */
export function unzstd(bytes: Buffer, sizeBytes: number): Buffer | undefined {
  if (!isReady) throw new Error('prepareUnpacking() has to end before a zstd cluster can be unpacked');
  const frame = findZstdFrame(bytes);
  if (!frame || (frame.contentBytes ?? sizeBytes) !== sizeBytes) return undefined;
  // Where the decoder finds an error, fewer bytes than wanted come back.
  const { buffer, byteOffset, length } = decoder.decode(bytes.subarray(0, frame.lengthBytes), sizeBytes);
  return length === sizeBytes ? Buffer.from(buffer, byteOffset, length) : undefined;
}
