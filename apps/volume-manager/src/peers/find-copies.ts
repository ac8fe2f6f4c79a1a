import type { FillEvidence, ImageIdentity } from '@hearth/contracts';
import type { CacheEntry } from '@hearth/domain';
import { parsePoolRef } from '@hearth/kernel';
import type { IncomingMessage } from 'node:http';
import type { SecureContext } from 'node:tls';
import { expectedHash } from '../fill/expected-hash';
import { TimeLimitError, within } from '../host/time-limit';
import { type Peer, askPeer } from './ask-peer';
import { type CopyOffer, copyOfferSchema, offerPath } from './copy-protocol';
import { PeerDeclinedError } from './peer-declined.error';
import type { RecordedCopies } from './recorded-copies';

/** A peer's copy as the log has it: proven by its host to be the image, and ready. */
export interface FoundCopy {
  readonly peer: Peer;
  readonly entry: CacheEntry & { readonly evidence: { readonly contentDigest: string } };
  readonly pool: CopyOffer['pool'];
}

export interface CopyRules {
  /** Signatures are verified here (`verify_glance_signatures`). */
  readonly signaturesVerified: boolean;
  /** Checks of images that are passed over here. */
  readonly ignoredChecks: readonly string[];
}

export interface FindOptions {
  /** Identity of the content, as this pool knows it. */
  readonly content: string;
  /** As the image service describes it to this host. */
  readonly image: ImageIdentity;
  readonly context: SecureContext;
  readonly recorded: RecordedCopies;
  readonly rules: CopyRules;
  /** How long one peer may take to answer, in milliseconds. */
  readonly answerLimitMs: number;
  /** How long the log may take, in milliseconds. */
  readonly logLimitMs: number;
  readonly signal: AbortSignal;
}

/** An offer is some hundred bytes. */
const answerBytesMax = 16 * 1024;

/**
 * Asks one peer for a copy. What it says is only where one is: what the copy holds, and whether it serves, is what the log says of that
 * host's own pool.
 *
 * Throws `PeerDeclinedError`; `FillError` for an image whose hash nobody could compare; the signal's reason.
 */
export async function findCopy(peer: Peer, options: FindOptions): Promise<FoundCopy> {
  const offer = await askForOffer(peer, options);
  const { pool, generation } = offer;
  // Which stream is read is not for a peer to say: there is none but those of its own pools.
  const entry = parsePoolRef(pool)?.host === peer.host ? await recordedEntry(peer, offer, options) : undefined;
  const contentDigest = entry?.digestFrom === 'fill' ? entry.evidence?.contentDigest : undefined;
  const isOffered = entry?.content === options.content && contentDigest === offer.contentDigest;
  if (!entry?.evidence || !contentDigest || !isOffered) {
    const message = `the log has no generation ${generation} of ${pool} as ${peer.host} offers it`;
    throw new PeerDeclinedError('not-in-the-log', message);
  }
  requireProof(peer, entry.evidence, options.image);
  requireRules(peer, entry.evidence, options.rules);
  return { peer, pool, entry: { ...entry, evidence: { ...entry.evidence, contentDigest } } };
}

async function askForOffer(peer: Peer, { content, context, answerLimitMs, signal }: FindOptions): Promise<CopyOffer> {
  const limit = AbortSignal.timeout(answerLimitMs);
  const ended = AbortSignal.any([signal, limit]);
  try {
    const response = await askPeer({ peer, path: offerPath(content), context, signal: ended });
    return copyOfferSchema.parse(JSON.parse(await textOf(response)));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) {
      throw new PeerDeclinedError('timeout', `${peer.host} has not answered within ${answerLimitMs} ms`);
    }
    if (error instanceof PeerDeclinedError) throw error;
    throw new PeerDeclinedError('refused', `${peer.host} answered with something else than an offer`, { cause: error });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function recordedEntry(peer: Peer, offer: CopyOffer, { recorded, logLimitMs, signal }: FindOptions) {
  try {
    const reading = unlessEnded(signal, recorded.ready(offer));
    return await within(logLimitMs, `reading the log of ${offer.pool}`, reading);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof TimeLimitError ? 'does not answer in time' : 'cannot be read';
    const message = `the log ${why} about what ${peer.host} offers`;
    throw new PeerDeclinedError('log-unavailable', message, { cause: error });
  }
}

/** The result, or the signal's reason; what has begun goes on then, and is of use to whoever asks next. */
function unlessEnded<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** What the image's bytes were compared with when the copy was made has to be what they would be compared with here. */
function requireProof({ host }: Peer, { digest, verifiedBy }: FillEvidence, image: ImageIdentity): void {
  const expected = expectedHash(image);
  if (expected.value === null) {
    throw new PeerDeclinedError('unproven', `the image service names no hash that ${host}'s copy could be compared by`);
  }
  const wanted = `${expected.algorithm}:${expected.value}`;
  if (verifiedBy === expected.verifiedBy && digest === wanted) return;
  const message = `${host}'s copy was compared by ${verifiedBy}, ${digest ?? 'nothing'}, and not by the image's ${wanted}`;
  throw new PeerDeclinedError('unproven', message);
}

/** A copy comes with what was looked at when it was made; what has to be looked at here must have been looked at there. */
function requireRules(
  { host }: Peer,
  { signature = 'unchecked', ignoredChecks = [] }: FillEvidence,
  rules: CopyRules,
): void {
  if (rules.signaturesVerified && signature === 'unchecked') {
    throw new PeerDeclinedError('signature-unchecked', `nobody looked for a signature when ${host} made its copy`);
  }
  const beyond = ignoredChecks.filter((check) => !rules.ignoredChecks.includes(check));
  if (beyond.length > 0) {
    const message = `the image of ${host}'s copy failed ${beyond.join(', ')}, which is not passed over here`;
    throw new PeerDeclinedError('checks-ignored', message);
  }
}
