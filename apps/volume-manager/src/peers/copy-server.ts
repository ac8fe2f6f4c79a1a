import { type CacheEntry, type ImageCache, entryOf, servingEntry } from '@hearth/domain';
import { DriverError, type ObjectReader, type VolumeDriver } from '@hearth/driver-api';
import type { Generation, PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isContentDigest, partBytes } from '../fill/disk/content-digest';
import { objectOf } from '../pools/pool';
import { type CopyOffer, type CopyRef, framesContentType, parseRequest } from './copy-protocol';
import type { RecentHosts } from './live-hosts';
import { type PeerCredentials, namesOf, secureOptions } from './peer-credentials';
import { countServe, countServed } from './peer-metrics';
import { sendDisk } from './send-disk';
import { patientWriter } from './patient-writer';

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
  /** A peer that takes nothing for this long is left, in milliseconds. */
  readonly stallTimeoutMs?: number | undefined;
  readonly log: Log;
}

/** What an answer other than 200 tells, with its status. */
type Refusal = readonly [status: number, reason: string];

const busyRetrySeconds = '10';

/**
 * Shows this host's ready copies to its peers and sends them: to hosts alone that have a certificate of an authority we believe and
 * are on the liveness board under its name. Nothing here changes anything.
 */
export class CopyServer {
  private readonly server: Server;
  private serving = 0;
  /** Pools whose last copy that was asked for could not be read: another that has the image is shown before them. */
  private readonly troubled = new Set<PoolRef>();

  constructor(private readonly options: CopyServerOptions) {
    const { credentials, log } = options;
    this.server = createServer({
      ...secureOptions(credentials.credentials),
      ...{ requestCert: true, rejectUnauthorized: true, handshakeTimeout: 5_000 },
      ...{ headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 1_000 },
    });
    this.server.maxConnections = 256;
    credentials.onRenewed((renewed) => this.server.setSecureContext(secureOptions(renewed)));
    this.server.on('tlsClientError', (error) => log.debug('a connection to the port for peers was refused', { error }));
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
      const refusal = (await this.refusalOfPeer(request)) ?? (await this.serve(request, response));
      if (refusal) refuse(response, refusal);
    } catch (error) {
      log.warn('a peer could not be served', { path: request.url, error });
      if (response.headersSent) response.destroy();
      else refuse(response, [500, 'failed']);
    }
  }

  private async refusalOfPeer(request: IncomingMessage): Promise<Refusal | undefined> {
    const names = namesOf((request.socket as TLSSocket).getPeerCertificate());
    const live = await this.options.live.hosts().catch((error: unknown) => {
      this.options.log.warn('a peer could not be served: the live hosts are not known now', { names, error });
    });
    if (!live) return [500, 'the live hosts are not known now'];
    if ([...live.keys()].some((host) => names.includes(host.toLowerCase()))) return undefined;
    this.options.log.warn('a peer was turned away: its certificate names no live host', { names });
    return [403, 'no live host has a name of this certificate'];
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<Refusal | undefined> {
    if (request.method !== 'GET') return [405, 'only GET is answered'];
    const asked = parseRequest(request.url ?? '');
    if (!asked) return [400, 'no such request is known'];
    if (this.serving >= this.options.servesAtOnceMax) return this.busy();
    if (asked.kind === 'offer') return this.offer(asked.content, response);
    return this.sendCopy(asked.copy, asked.fromByte, response);
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

  private async sendCopy(copy: CopyRef, fromByte: number, response: ServerResponse): Promise<Refusal | undefined> {
    const pool = this.options.pools().get(copy.pool);
    const entry = pool && entryOf(pool.cache.state(), copy.generation as Generation);
    if (!entry || !digestOfReady(entry)) return [410, 'the copy serves no longer'];
    this.serving += 1;
    let reader: ObjectReader | undefined;
    try {
      reader = await pool.backend.driver.openReader(objectOf(pool, entry.imageVolumeId));
      this.troubled.delete(pool.ref);
      const { sizeBytes } = reader;
      if (fromByte > sizeBytes || (fromByte % partBytes !== 0 && fromByte !== sizeBytes)) {
        return [416, `a disk of ${sizeBytes} bytes is not sent from ${fromByte} on`];
      }
      await this.send(reader, fromByte, response);
      return undefined;
    } catch (error) {
      if (error instanceof DriverError) this.troubled.add(pool.ref);
      if (!(error instanceof DriverError) || response.headersSent) throw error;
      if (error.code === 'not-found') return [410, 'the copy is gone'];
      throw error;
    } finally {
      this.serving -= 1;
      await reader?.close();
    }
  }

  private async send(reader: ObjectReader, fromByte: number, response: ServerResponse): Promise<void> {
    const { stallTimeoutMs = 30_000 } = this.options;
    response.writeHead(200, { 'content-type': framesContentType });
    const write = patientWriter(response, { stallTimeoutMs, onWritten: countServed });
    try {
      await sendDisk(reader, { fromByte, write });
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
