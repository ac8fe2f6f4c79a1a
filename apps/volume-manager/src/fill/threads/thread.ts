import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

let directory = __dirname;

/**
 * Where threads are found. They are bundles of their own, `<name>.worker.cjs`, which the build lays beside the app's bundle; only
 * tests, which run from the sources, have them elsewhere.
 */
export function takeThreadsFrom(folder: string): void {
  directory = folder;
}

/** Starts a thread of this app; it keeps the process from ending no longer than work needs it. */
export function startThread(name: string, workerData?: unknown): Worker {
  const thread = new Worker(join(directory, `${name}.worker.cjs`), { workerData });
  thread.unref();
  return thread;
}
