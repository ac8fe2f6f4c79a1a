import { FaultError } from '@hearth/cinder-v3';
import type { HttpLimits } from './http.config';

/** What came before a request's body. */
export interface RequestHead {
  /** Path and query. */
  readonly url: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** Throws a fault of 414 for a URL that is too long, of 431 for too many headers. */
export function checkHead(
  { url, rawHeaders }: RequestHead,
  { urlMaxBytes, headersMax }: Pick<HttpLimits, 'urlMaxBytes' | 'headersMax'>,
): void {
  if (url.length > urlMaxBytes) {
    throw new FaultError({ status: 414, message: `The URL of the request is longer than ${urlMaxBytes} bytes.` });
  }
  if (rawHeaders.length > 2 * headersMax) {
    throw new FaultError({ status: 431, message: `The request has more than ${headersMax} headers.` });
  }
}
