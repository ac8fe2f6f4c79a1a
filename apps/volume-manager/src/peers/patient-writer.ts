import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { type MinimumProgress, ProgressWatch } from './minimum-progress';

export interface PatientWriterOptions {
  /** What is handed over has to be taken within so many milliseconds. */
  readonly stallTimeoutMs: number;
  readonly minimum: MinimumProgress;
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes to a connection piece by piece. A promise settles once the bytes were handed to the operating system and may be used
 * again; it rejects when the connection is gone, or does not take them in time, or takes too little all in all: then it is ended.
 */
export function patientWriter(
  response: ServerResponse,
  { stallTimeoutMs, minimum, onWritten }: PatientWriterOptions,
): (bytes: Buffer, diskBytes: number) => Promise<void> {
  const watch = new ProgressWatch(minimum);
  return async (bytes, diskBytes) => {
    const began = performance.now();
    await written(response, bytes, stallTimeoutMs);
    onWritten(bytes.length);
    const complaint = watch.complaint(performance.now() - began, Math.max(bytes.length, diskBytes));
    if (complaint === undefined) return;
    response.destroy();
    throw new Error(`the peer takes too little: ${complaint}`);
  };
}

async function written(response: ServerResponse, bytes: Buffer, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null) => {
      clearTimeout(timer);
      response.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    // A connection that is gone tells those who write to it nothing.
    const onClose = () => settle(new Error('the peer has left'));
    const timer = setTimeout(() => {
      settle(new Error(`the peer has not taken ${bytes.length} bytes within ${limitMs} ms`));
      response.destroy();
    }, limitMs);
    if (response.destroyed) return onClose();
    response.once('close', onClose);
    response.write(bytes, settle);
  });
}
