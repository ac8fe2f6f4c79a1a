import { ImageServiceError } from '@hearth/openstack-clients';
import { performance } from 'node:perf_hooks';

/** The least that a connection has to bring: one that brings a byte now and then never stalls, and would hold a fill for ever. */
export interface MinimumPace {
  /** In every `windowMs`. */
  readonly bytesMin: number;
  /** Milliseconds of waiting for the connection: time in which nobody asks it for anything does not count. */
  readonly windowMs: number;
}

/**
 * A KiB a second, over twice the time in milliseconds after which a connection that brings nothing has stalled: far below what is of
 * use to anybody, and above what keeps a connection from stalling.
 */
export function paceBesides(stallTimeoutMs: number): MinimumPace {
  const windowMs = 2 * stallTimeoutMs;
  return { windowMs, bytesMin: Math.ceil((windowMs / 1000) * 1024) };
}

export const defaultMinimumPace = paceBesides(30_000);

/**
 * The chunks, as they come. Throws `ImageServiceError` `broken` behind the chunk with which a window ends that brought too little, as
 * if the connection had stalled: whoever has got what was missing asks for no more.
 *
 * @param what the chunks are of, for the error
 */
export async function* paced(
  chunks: AsyncIterable<Buffer>,
  { bytesMin, windowMs }: MinimumPace,
  what: string,
): AsyncGenerator<Buffer> {
  let [waitedMs, bytes] = [0, 0];
  let askedAt = performance.now();
  for await (const chunk of chunks) {
    waitedMs += performance.now() - askedAt;
    bytes += chunk.length;
    yield chunk;
    if (waitedMs >= windowMs) {
      if (bytes < bytesMin) throw new ImageServiceError('broken', tooSlow(what, bytes, waitedMs));
      [waitedMs, bytes] = [0, 0];
    }
    askedAt = performance.now();
  }
}

function tooSlow(what: string, bytes: number, waitedMs: number): string {
  return `${what} come too slowly: ${bytes} bytes in ${Math.round(waitedMs / 1000)} seconds`;
}
