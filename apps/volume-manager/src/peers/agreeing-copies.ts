import type { ImageCache } from '@hearth/domain';
import type { FoundCopy } from './find-copies';
import { PeerDeclinedError } from './peer-declined.error';

/** Digests, as fills recorded them, of the copies of a content that are kept here; also of those that serve no longer. */
export function ownDigests(caches: Iterable<ImageCache>, content: string): readonly string[] {
  return [...caches].flatMap(({ entries }) =>
    [...entries.values()].flatMap(({ content: held, digestFrom, evidence }) =>
      held === content && digestFrom === 'fill' ? (evidence?.contentDigest ?? []) : [],
    ),
  );
}

/**
 * Same content, same disk: throws `PeerDeclinedError` for a copy that another, of a peer or of our own, contradicts. Which of them is
 * right cannot be told from here.
 *
 * @param digests of all copies of the content that are known here
 */
export function requireAgreement({ peer, pool, entry }: FoundCopy, digests: ReadonlySet<string>): void {
  const { contentDigest } = entry.evidence;
  const others = [...digests].filter((digest) => digest !== contentDigest);
  if (others.length === 0) return;
  const what = `generation ${entry.generation} of ${pool}, of ${peer.host}, has the digest ${contentDigest}`;
  throw new PeerDeclinedError(
    'contradicted',
    `${what}, where other copies of the same content have ${others.join(', ')}`,
  );
}
