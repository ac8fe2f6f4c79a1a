import { join } from 'node:path';
import { type ResourceLimits, Worker } from 'node:worker_threads';

let directory = __dirname;

/** Where the thread's bundle is found; only tests, which run from the sources, have it elsewhere than beside the app's. */
export function takeAdviceThreadFrom(folder: string): void {
  directory = folder;
}

/** A million decisions take less. */
const limitsOfAMillion: ResourceLimits = { maxOldGenerationSizeMb: 1_024 };

/**
 * Starts a thread that gathers decisions of a pool; it keeps the process from ending no longer than who waits for it, and ends with
 * `ERR_WORKER_OUT_OF_MEMORY` beyond its limits.
 */
export function startAdviceThread(pool: string, resourceLimits = limitsOfAMillion): Worker {
  const thread = new Worker(join(directory, 'advice.worker.cjs'), { workerData: { pool }, resourceLimits });
  thread.unref();
  return thread;
}
