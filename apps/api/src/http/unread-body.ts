/** The part of a request that is used here: a stream of the body's bytes. */
export interface UnreadRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  once(event: 'end' | 'close', listener: () => void): unknown;
}

/** Bytes that were sent with the head are there by then; who announces more than it sends hears its answer nevertheless. */
const waitMs = 500;

/**
 * Throws away a body that no handler will read, and waits for its end: a connection that closes with bytes which nobody has read is
 * reset, and the end of a large answer is lost with it. One that is larger than bodies may be, or slow, is not waited for.
 */
export function throwBodyAway(request: UnreadRequest, bytesMax: number): Promise<void> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && !(Number(length) > 0)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs).unref();
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    let bytes = 0;
    request.on('data', (part) => {
      bytes += part.length;
      if (bytes > bytesMax) end();
    });
    for (const event of ['end', 'close'] as const) request.once(event, end);
  });
}
