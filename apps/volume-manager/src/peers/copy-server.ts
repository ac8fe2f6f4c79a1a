import { type CacheEntry, type ImageCache, entryOf, servingEntry } from '@hearth/domain';
import { DriverError, type ObjectReader, type VolumeDriver } from '@hearth/driver-api';
import type { Generation, PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { BlockThreads } from '../fill/disk/block-threads';
import { isContentDigest, partBytes } from '../fill/disk/content-digest';
import { TimeLimitError } from '../host/time-limit';
import { objectOf } from '../pools/pool';
import { type CopyOffer, type CopyRef, type DiskPart, framesContentType, parseRequest } from './copy-protocol';
import type { RecentHosts } from './live-hosts';
import { type MinimumProgress, defaultMinimumProgress } from './minimum-progress';
import { BackendCalls, PatientReader } from './patient-reader';
import { type PeerCredentials, namesOf, secureOptions } from './peer-credentials';
import { countServe, countServed } from './peer-metrics';
import { patientWriter } from './patient-writer';
import { sendDisk } from './send-disk';
import { ServingPlaces } from './serving-places';

/** A pool as far as its copies are served. */
export interface ServedPool {
  readonly ref: PoolRef;
  readonly cache: { state(): ImageCache };
  readonly backend: { readonly driver: Pick<VolumeDriver, 'openReader'> };
}

export interface CopyServerOptions {
  /** The pools that are open now. */
  readonly pools: () => ReadonlyMap<PoolRef, ServedPool>;
  readonly live: RecentHosts;
  readonly credentials: PeerCredentials;
  /** Disks sent at the same time; who comes beyond them is told to ask somebody else. */
  readonly servesAtOnceMax: number;
  readonly threads: Pick<BlockThreads, 'pack'>;
  /** A peer that takes nothing for this long is left, and a backend that does not answer, in milliseconds. */
  readonly stallTimeoutMs?: number | undefined;
  /** A peer that takes less is left too. */
  readonly minimum?: MinimumProgress | undefined;
  readonly log: Log;
}

/** What an answer other than 200 tells, with its status. */
type Refusal = readonly [status: number, reason: string];

const busyRetrySeconds = '10';
const defaultStallMs = 30_000;

/** Copies whose backend has not answered, though nobody waits for it any more: each holds memory, and may hold a thread. */
const unansweredMax = 4;

/** A transfer that runs. */
interface Serving {
  /** Gives the place back at once, and ends the connection. */
  end(): void;
}

/**
 * Shows this host's ready copies to its peers and sends them: to hosts alone that have a certificate of an authority we believe and
 * are on the liveness board under its name. Nothing here changes anything.
 */
export class CopyServer {
  private readonly server: Server;
  private readonly places: ServingPlaces;
  /** By the peer and the name that it has given the transfer. */
  private readonly transfers = new Map<string, Serving>();
  private unanswered = 0;
  /** Pools whose last copy that was asked for could not be read: another that has the image is shown before them. */
  private readonly troubled = new Set<PoolRef>();

  constructor(private readonly options: CopyServerOptions) {
    this.places = new ServingPlaces(options.servesAtOnceMax);
    const { credentials, log } = options;
    this.server = createServer({
      ...secureOptions(credentials.credentials),
      ...{ requestCert: true, rejectUnauthorized: true, handshakeTimeout: 5_000 },
      ...{ headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 1_000 },
    });
    this.server.maxConnections = 256;
    credentials.onRenewed((renewed) => this.server.setSecureContext(secureOptions(renewed)));
    // Of a certificate that is not believed the error itself says only that the connection has ended.
    this.server.on('tlsClientError', (error, { authorizationError: certificate }) =>
      log.debug('a connection to the port for peers was refused', { error, certificate }),
    );
    this.server.on('request', (request, response) => void this.answer(request, response));
  }

  /** Resolves with the port. Rejects where the address cannot be listened on. */
  async listen({ address, port }: { readonly address: string; readonly port: number }): Promise<number> {
    this.server.listen(port, address.replace(/^\[(.*)\]$/, '$1'));
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.options;
    try {
      response.on('error', (error) => log.debug('a peer has left', { error }));
      const peer = await this.hostOf(request);
      const refusal = typeof peer === 'string' ? await this.serve(request, response, peer) : peer;
      if (refusal) refuse(response, refusal);
    } catch (error) {
      log.warn('a peer could not be served', { path: request.url, error });
      if (response.headersSent) response.destroy();
      else refuse(response, [500, 'failed']);
    }
  }

  /** The live host that asks. */
  private async hostOf(request: IncomingMessage): Promise<string | Refusal> {
    const names = namesOf((request.socket as TLSSocket).getPeerCertificate());
    const live = await this.options.live.hosts().catch((error: unknown) => {
      this.options.log.warn('a peer could not be served: the live hosts are not known now', { names, error });
    });
    if (!live) return [500, 'the live hosts are not known now'];
    const peer = [...live.keys()].find((host) => names.includes(host.toLowerCase()));
    if (peer !== undefined) return peer;
    this.options.log.warn('a peer was turned away: its certificate names no live host', { names });
    return [403, 'no live host has a name of this certificate'];
  }

  private async serve(request: IncomingMessage, response: ServerResponse, peer: string): Promise<Refusal | undefined> {
    if (request.method !== 'GET') return [405, 'only GET is answered'];
    const asked = parseRequest(request.url ?? '');
    if (!asked) return [400, 'no such request is known'];
    if (asked.kind === 'disk') return this.sendCopy(asked, peer, response);
    if (!this.places.hasRoomFor(peer) || this.unanswered >= unansweredMax) return this.busy();
    return this.offer(asked.content, response);
  }

  private busy(): Refusal {
    countServe('busy');
    return [503, 'busy'];
  }

  private offer(content: string, response: ServerResponse): Refusal | undefined {
    const isTroubled = ({ ref }: ServedPool) => Number(this.troubled.has(ref));
    const pools = [...this.options.pools().values()].sort((one, other) => isTroubled(one) - isTroubled(other));
    for (const pool of pools) {
      const entry = servingEntry(pool.cache.state(), content);
      const contentDigest = entry && digestOfReady(entry);
      if (!contentDigest) continue;
      const offer: CopyOffer = { pool: pool.ref, generation: entry.generation, contentDigest };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(offer));
      return undefined;
    }
    return [404, 'no copy is ready'];
  }

  private async sendCopy(
    { copy, fromByte, transfer }: { readonly copy: CopyRef } & DiskPart,
    peer: string,
    response: ServerResponse,
  ): Promise<Refusal | undefined> {
    const pool = this.options.pools().get(copy.pool);
    const entry = pool && entryOf(pool.cache.state(), copy.generation as Generation);
    if (!entry || !digestOfReady(entry)) return [410, 'the copy serves no longer'];
    const name = `${peer} ${transfer ?? ''}`;
    // The peer has given that connection up, whether we have noticed or not.
    if (transfer !== undefined) this.transfers.get(name)?.end();
    if (this.unanswered >= unansweredMax) return this.busy();
    const place = this.places.take({ peer, copy: `${copy.pool} ${copy.generation}` });
    if (!place) return this.busy();
    const serving: Serving = {
      end: () => {
        place.leave();
        response.destroy();
      },
    };
    if (transfer !== undefined) this.transfers.set(name, serving);
    try {
      const open = () => pool.backend.driver.openReader(objectOf(pool, entry.imageVolumeId));
      const refusal = await this.sendFrom(open, fromByte, response);
      if (!refusal) this.troubled.delete(copy.pool);
      else if (refusal[0] === 410) this.troubled.add(copy.pool);
      return refusal;
    } catch (error) {
      if (error instanceof DriverError || error instanceof TimeLimitError) this.troubled.add(copy.pool);
      throw error;
    } finally {
      place.leave();
      if (this.transfers.get(name) === serving) this.transfers.delete(name);
    }
  }

  /** Whatever the backend does, this ends soon after the response has closed. */
  private async sendFrom(
    open: () => Promise<ObjectReader>,
    fromByte: number,
    response: ServerResponse,
  ): Promise<Refusal | undefined> {
    const { stallTimeoutMs = defaultStallMs, log } = this.options;
    const ending = new AbortController();
    const left = () => ending.abort(new Error('the peer has left'));
    response.once('close', left);
    if (response.destroyed) left();
    const calls = new BackendCalls();
    try {
      const reader = await PatientReader.open(open, { limitMs: stallTimeoutMs, signal: ending.signal }, calls);
      const { sizeBytes } = reader;
      if (fromByte > sizeBytes || (fromByte % partBytes !== 0 && fromByte !== sizeBytes)) {
        return [416, `a disk of ${sizeBytes} bytes is not sent from ${fromByte} on`];
      }
      await this.send(reader, fromByte, response);
      return undefined;
    } catch (error) {
      if (!(error instanceof DriverError) || response.headersSent) throw error;
      if (error.code === 'not-found') return [410, 'the copy is gone'];
      throw error;
    } finally {
      const owed = calls.areOpen ? 1 : 0;
      this.unanswered += owed;
      void calls
        .close()
        .catch((error: unknown) => log.warn('a copy that was read for a peer could not be closed', { error }))
        .finally(() => (this.unanswered -= owed));
    }
  }

  private async send(reader: ObjectReader, fromByte: number, response: ServerResponse): Promise<void> {
    const { stallTimeoutMs = defaultStallMs, minimum = defaultMinimumProgress, threads } = this.options;
    // Without chunks of HTTP's own around the frames: the last frame tells the end.
    response.removeHeader('transfer-encoding');
    response.writeHead(200, { 'content-type': framesContentType });
    response.flushHeaders();
    const write = patientWriter(response, { stallTimeoutMs, minimum, onWritten: countServed });
    try {
      await sendDisk(reader, { fromByte, threads, write });
      response.end();
      countServe('sent');
    } catch (error) {
      countServe('broken-off');
      throw error;
    }
  }
}

/** A copy from before fills recorded digests is not shown: what a look has found since may be what it became, not what it was. */
function digestOfReady({ status, digestFrom, evidence }: CacheEntry): string | undefined {
  const digest = digestFrom === 'fill' ? evidence?.contentDigest : undefined;
  return status === 'ready' && isContentDigest(digest) ? digest : undefined;
}

function refuse(response: ServerResponse, [status, reason]: Refusal): void {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const retry = status === 503 ? { 'retry-after': busyRetrySeconds } : {};
  response.writeHead(status, { ...headers, ...retry }).end(JSON.stringify({ reason }));
}
