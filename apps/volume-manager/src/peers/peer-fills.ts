import { performance } from 'node:perf_hooks';
import type { FillOrder } from '../fill/fill-work';

import type { WrittenImage } from '../fill/write-image';
import { roundMs } from '../host/round-ms';
import { requireAgreement } from './agreeing-copies';
import type { Peer } from './ask-peer';
import { type CopyRules, type FoundCopy, findCopy } from './find-copies';
import type { RecentHosts } from './live-hosts';
import type { PeerCredentials } from './peer-credentials';
import { type Declined, type DeclineReason, PeerDeclinedError } from './peer-declined.error';
import { countPeerFill } from './peer-metrics';
import type { RecordedCopies } from './recorded-copies';
import { type TakeOptions, type TakenCopy, takeCopy } from './take-copy';

export interface PeerFillsOptions extends Omit<TakeOptions, 'context'> {
  /** Who asks, and is not asked. */
  readonly host: string;
  readonly live: RecentHosts;
  readonly recorded: RecordedCopies;
  readonly credentials: Pick<PeerCredentials, 'context'>;
  readonly rules: CopyRules;
  /** See `ownDigests`. */
  readonly ownDigests: (content: string) => readonly string[];
  readonly peersAskedMax?: number;
  /** How long one peer may take to answer, in milliseconds; 2,000 unless told. */
  readonly answerLimitMs?: number | undefined;
  /** How long others are waited for once one has a copy, in milliseconds; 500 unless told. */
  readonly lingerMs?: number | undefined;
  /** How long the log about it may take then, in milliseconds; 10,000 unless told. */
  readonly logLimitMs?: number | undefined;
}

/** Peers that are asked for one image: with more hosts than that, some of them at random. */
const peersAskedMax = 16;
const answerMs = 2_000;
const lingerMs = 500;
/** The log of a pool is long where it has no snapshot, and then it is read in a second or two. */
const logMs = 10_000;
/** Transfers that may begin and fail for one fill: the image service is slower, but it has the image. */
const transfersMax = 3;

/** What became of asking the peers. */
export interface PeerAnswer {
  /** Undefined when no peer served. */
  readonly written: WrittenImage | undefined;
  readonly declined: readonly Declined[];
}

/** Fills from copies of other hosts. */
export class PeerFills {
  constructor(private readonly options: PeerFillsOptions) {}

  /**
   * Asks live peers for the content, all at once, and writes the copy of the first that serves into the order's object. That none
   * does is no error, and leaves no object. Throws what the order's `open` or the driver has thrown, or the signal's reason.
   *
   * @param content identity of the content, as the filler's pool knows it
   */
  async fill(order: FillOrder, content: string): Promise<PeerAnswer> {
    const began = performance.now();
    const passedMs = () => performance.now() - began;
    const declined: Declined[] = [];
    const copies = await this.find(order, content, declined);
    const findMs = passedMs();
    for (const found of copies.slice(0, transfersMax)) {
      const taken = await this.unlessDeclined(found.peer, declined, order.signal, () => this.take(found, order));
      if (!taken) continue;
      countPeerFill('filled');
      const durationsMs = { find: findMs, transfer: passedMs() - findMs, sync: taken.syncMs, fill: passedMs() };
      return { written: writtenImage(found, taken, { declined, durationsMs }), declined };
    }
    return { written: undefined, declined };
  }

  private async find({ image, signal }: FillOrder, content: string, declined: Declined[]): Promise<FoundCopy[]> {
    const { recorded, rules, credentials, answerLimitMs = answerMs, logLimitMs = logMs } = this.options;
    const told = { content, image, recorded, rules, answerLimitMs, logLimitMs };
    const enough = new AbortController();
    const ended = AbortSignal.any([signal, enough.signal]);
    let lingering: NodeJS.Timeout | undefined;
    const found: FoundCopy[] = [];
    const ask = async (peer: Peer) => {
      found.push(await findCopy(peer, { ...told, context: credentials.context, signal: ended }));
      lingering ??= setTimeout(() => enough.abort(new TooLateError()), this.options.lingerMs ?? lingerMs);
    };
    const peers = await this.peers();
    // All of them are heard: one that fails must not leave the others unheard.
    const asked = peers.map((peer) => this.unlessDeclined(peer, declined, signal, () => ask(peer)));
    const answers = await Promise.allSettled(asked);
    clearTimeout(lingering);
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    return this.agreeing(found, { content, declined, signal });
  }

  private async agreeing(
    found: readonly FoundCopy[],
    told: { readonly content: string; readonly declined: Declined[]; readonly signal: AbortSignal },
  ): Promise<FoundCopy[]> {
    const own = found.length > 0 ? this.options.ownDigests(told.content) : [];
    const digests = new Set([...own, ...found.map(({ entry }) => entry.evidence.contentDigest)]);
    const agreeing: FoundCopy[] = [];
    for (const copy of found) {
      await this.unlessDeclined(copy.peer, told.declined, told.signal, async () => {
        requireAgreement(copy, digests);
        agreeing.push(copy);
      });
    }
    return agreeing;
  }

  /** Peers of the moment, in any order; none when the board cannot be read. */
  private async peers(): Promise<Peer[]> {
    const { host, live, log, peersAskedMax: max = peersAskedMax } = this.options;
    try {
      const reports = [...(await live.hosts()).values()].filter((report) => report.host !== host);
      const peers = reports.flatMap((report) => (report.peerUrl ? { host: report.host, url: report.peerUrl } : []));
      return shuffled(peers).slice(0, max);
    } catch (error) {
      log.warn('the live hosts are not known now: no peer is asked', { error });
      return [];
    }
  }

  private async take(found: FoundCopy, order: FillOrder): Promise<TakenCopy> {
    const { credentials } = this.options;
    return takeCopy(found, order, { ...this.options, context: () => credentials.context });
  }

  /** Notes why a peer does not serve. */
  private async unlessDeclined<Result>(
    { host }: Peer,
    declined: Declined[],
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PeerDeclinedError)) throw error;
      const { reason } = error;
      declined.push({ host, reason });
      countPeerFill(reason);
      this.options.log[levelOf(reason)]('a peer does not serve', { host, reason, error });
      return undefined;
    }
  }
}

function levelOf(reason: DeclineReason): 'debug' | 'warn' | 'error' {
  switch (reason) {
    // Nobody's attention is called for.
    case 'no-copy':
    case 'busy':
    case 'gone':
      return 'debug';
    // Somebody's disk is not what it should be.
    case 'digest-mismatch':
    case 'contradicted':
      return 'error';
    default:
      return 'warn';
  }
}

/** What was proven when the copy was made is true of a disk with its digest. */
function writtenImage(
  { peer, entry: { evidence } }: FoundCopy,
  taken: TakenCopy,
  {
    declined,
    durationsMs,
  }: { readonly declined: readonly Declined[]; readonly durationsMs: WrittenImage['durationsMs'] },
): WrittenImage {
  return {
    ...evidence,
    virtualSizeBytes: taken.sizeBytes,
    source: { kind: 'peer', host: peer.host, declined: [...declined] },
    bytesDownloaded: taken.bytesReceived,
    bytesWritten: taken.bytesWritten,
    durationsMs: rounded(durationsMs),
  };
}

/** A peer has not answered when another has, some time ago. */
class TooLateError extends PeerDeclinedError {
  constructor() {
    super('timeout', 'others have answered, and it has not');
  }
}

const rounded = (durationsMs: WrittenImage['durationsMs']) =>
  Object.fromEntries(Object.entries(durationsMs).map(([what, ms]) => [what, roundMs(ms)]));

function shuffled<Item>(items: readonly Item[]): Item[] {
  const keyed = items.map((item) => ({ item, key: Math.random() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
}
