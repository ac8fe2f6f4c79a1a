import type { TrustedProxies } from './trusted-proxies';

/** What of a request tells under which URL the client knows this API. */
export interface ReceivedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly remoteAddress: string | undefined;
}

export interface PublicBaseOptions {
  /** Set by an operator: always right. */
  readonly publicEndpoint: string | undefined;
  readonly trusts: TrustedProxies;
}

const hostPattern = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/;
const prefixPattern = /^(\/[\w.~-]+)+\/?$/;

/**
 * The URL, without a slash at its end, that links in answers begin with: the configured one; else what a trusted proxy says in
 * X-Forwarded-Proto, -Host and -Prefix; else the Host header. What is malformed is as good as not there.
 */
export function publicBase(request: ReceivedRequest, { publicEndpoint, trusts }: PublicBaseOptions): string {
  if (publicEndpoint !== undefined) return publicEndpoint;
  const forwarded = trusts(request.remoteAddress);
  const said = (name: string) => (forwarded ? first(request.headers[name]) : undefined);
  const proto = said('x-forwarded-proto') === 'https' ? 'https' : 'http';
  const host = [said('x-forwarded-host'), first(request.headers.host)].find((name) => hostPattern.test(name ?? ''));
  const prefix = said('x-forwarded-prefix');
  const path = prefix !== undefined && prefixPattern.test(prefix) ? prefix.replace(/\/$/, '') : '';
  return `${proto}://${host ?? 'localhost'}${path}`;
}

/** Of several proxies in a row the first one spoke with the client. */
function first(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text?.split(',')[0]?.trim();
}
