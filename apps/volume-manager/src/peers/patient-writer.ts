import type { ServerResponse } from 'node:http';

/**
 * Writes to a connection piece by piece. A promise settles once the bytes were handed to the operating system and may be used
 * again; it rejects when the connection is gone, or has taken nothing for `stallTimeoutMs`: then it is ended.
 */
export function patientWriter(
  response: ServerResponse,
  { stallTimeoutMs, onWritten }: { readonly stallTimeoutMs: number; readonly onWritten: (bytes: number) => void },
): (...pieces: readonly Buffer[]) => Promise<void> {
  return (...pieces) =>
    new Promise((resolve, reject) => {
      const settle = (error?: Error | null) => {
        clearTimeout(timer);
        response.off('close', onClose);
        if (error) return reject(error);
        onWritten(pieces.reduce((sum, { length }) => sum + length, 0));
        resolve();
      };
      // A connection that is gone tells those who write to it nothing.
      const onClose = () => settle(new Error('the peer has left'));
      const timer = setTimeout(() => {
        settle(new Error(`the peer has taken nothing for ${stallTimeoutMs} ms`));
        response.destroy();
      }, stallTimeoutMs);
      if (response.destroyed) return onClose();
      response.once('close', onClose);
      response.cork();
      for (const piece of pieces.slice(0, -1)) response.write(piece);
      response.write(pieces.at(-1)!, settle);
      response.uncork();
    });
}
