import { Worker } from 'node:worker_threads';
import type { Digests } from './image-record';

/**
 * What each hashing thread runs. It is text because the service is bundled into one file, and a thread cannot start in
 * the middle of one. Reads and hashes by turns in 1 MiB steps: hashing is many times slower than a read.
 */
const hashingThread = `
  const { createHash } = require('node:crypto');
  const { closeSync, openSync, readSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const hash = createHash(workerData.algorithm);
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const file = openSync(workerData.path, 'r');
  for (let length; (length = readSync(file, buffer, 0, buffer.length, null)) > 0; ) hash.update(buffer.subarray(0, length));
  closeSync(file);
  parentPort.postMessage(hash.digest('hex'));
`;

/** Hashes a file with a thread per algorithm, so that serving goes on meanwhile. Ends early, with an error, when `signal` says so. */
export async function digestFile(path: string, signal: AbortSignal): Promise<Digests> {
  const [md5, sha512] = await Promise.all([hashFile(path, 'md5', signal), hashFile(path, 'sha512', signal)]);
  return { md5, sha512 };
}

function hashFile(path: string, algorithm: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error(`hashing ${path} was broken off`));
    const worker = new Worker(hashingThread, { eval: true, workerData: { path, algorithm } });
    const stop = () => void worker.terminate();
    signal.addEventListener('abort', stop);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      signal.removeEventListener('abort', stop);
      reject(new Error(`hashing ${path} was broken off`));
    });
  });
}
