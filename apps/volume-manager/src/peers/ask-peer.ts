import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { PeerCertificate, SecureContext } from 'node:tls';
import { PeerDeclinedError } from './peer-declined.error';
import { isOfHost } from './peer-credentials';

/** A host that serves copies. */
export interface Peer {
  readonly host: string;
  readonly url: string;
}

export interface AskOptions {
  readonly peer: Peer;
  readonly path: string;
  readonly context: SecureContext;
  readonly signal: AbortSignal;
}

/** No connection is used twice, and no session resumed: each proves the certificates of that moment. */
const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });

/**
 * The answer of a peer that has proven to be its host. Its body has to be read or destroyed.
 *
 * Throws `PeerDeclinedError` for any other answer than 200, and for none; the signal's reason.
 */
export async function askPeer({ peer, path, context, signal }: AskOptions): Promise<IncomingMessage> {
  signal.throwIfAborted();
  try {
    const response = await send({ peer, path, context, signal });
    if (response.statusCode === 200) return response;
    response.destroy();
    throw refusedBy(peer, response.statusCode ?? 0);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PeerDeclinedError) throw error;
    throw unanswered(peer, error);
  }
}

async function send({ peer, path, context, signal }: AskOptions): Promise<IncomingMessage> {
  const url = new URL(path, peer.url);
  // The type of a request's options does not know those that go on to tls.connect.
  const options: RequestOptions & { readonly secureContext: SecureContext } = {
    ...{ agent, signal, secureContext: context, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    servername: isIP(peer.host) ? '' : peer.host,
    checkServerIdentity: (_, certificate) => problemOf(certificate, peer),
  };
  const asked = httpsRequest(url, options);
  // What breaks later, or while nobody waits any more, shows where the body is read.
  asked.on('error', () => undefined);
  asked.end();
  const [response] = (await once(asked, 'response', { signal })) as [IncomingMessage];
  return response;
}

/** Where a peer is reached is on the board; who it is has to be in its certificate. */
function problemOf(certificate: PeerCertificate, { host }: Peer): Error | undefined {
  return isOfHost(certificate, host) ? undefined : new WrongHostError(`its certificate does not name ${host}`);
}

class WrongHostError extends Error {}

const reasons = { 403: 'untrusted', 404: 'no-copy', 410: 'gone', 500: 'failed', 503: 'busy' } as const;

function refusedBy({ host }: Peer, status: number): PeerDeclinedError {
  const reason = status in reasons ? reasons[status as keyof typeof reasons] : 'refused';
  return new PeerDeclinedError(reason, `${host} answered with status ${status}`);
}

/** OpenSSL's names for what is wrong with a certificate, and Node's for what TLS itself refuses. */
const trustCodes =
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|INVALID_CA|INVALID_PURPOSE)/;

function unanswered({ host }: Peer, error: unknown): PeerDeclinedError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const isTrust = error instanceof WrongHostError || trustCodes.test(code);
  const reason = isTrust ? 'untrusted' : 'unreachable';
  return new PeerDeclinedError(reason, `${host} cannot be asked: ${message}`, { cause: error });
}
