// A trace of requests played through the rules of a pool's cache, each with the time at which it would have been: what the cache
// would have recorded, and how each create would have been served.
import type { CacheDecision } from '@hearth/cache-advisor';
import { type Random, seededRandom } from '@hearth/cache-advisor/testing';
import type { CreateDecision, FillSource, ImageCacheEvent, ImageIdentity, Outcome } from '@hearth/contracts';
import {
  type CacheLimits,
  claimOf,
  contentKey,
  entryOf,
  type ImageCache,
  imageCacheDecider,
  type ImageCacheCommand,
} from '@hearth/domain';
import {
  fold,
  isRefusal,
  type Generation,
  type PoolRef,
  type ProjectId,
  type UserId,
  type VolumeId,
} from '@hearth/kernel';
import { imageOf, randomUuid } from './image-of';

export interface PlayOptions {
  readonly pool: PoolRef;
  readonly limits: CacheLimits;
  readonly seed: number;
}

/** A create that was played to its end. */
export interface PlayedCreate {
  readonly volumeId: VolumeId;
  readonly projectId: ProjectId;
  readonly userId: UserId;
  readonly requestId: string;
  readonly sizeGib: number;
  readonly image: ImageIdentity;
  readonly requestedAtMs: number;
  readonly madeAtMs: number;
  readonly decision: CreateDecision;
}

/** What happened at a moment: a decision of the pool's cache, or the end of a create. Milliseconds since 1970. */
export type Played =
  | { readonly kind: 'commit'; readonly atMs: number; readonly events: readonly ImageCacheEvent[] }
  | { readonly kind: 'create'; readonly atMs: number; readonly create: PlayedCreate };

interface Asked extends Omit<PlayedCreate, 'decision' | 'madeAtMs'> {
  readonly content: string;
  readonly asked: CacheDecision;
}

const rules = { hashesTrusted: false, signaturesVerified: true };
const filler = { host: 'played', incarnation: 'played' };
const internal = { internalProjectId: 'hearth-internal' as ProjectId, internalUserId: 'hearth-internal' as UserId };
/** An image-volume is removed so long after it was given up. */
const reapAfterMs = 4_000;
const reasons: Readonly<Record<Outcome, string>> = {
  hit: 'cached',
  joined: 'joined-fill',
  miss: 'not-cached',
  bypass: 'no-room',
};

/** Plays requests, which must come in the order of their times, and what follows from them. */
export class PoolPlay {
  state: ImageCache = imageCacheDecider.initialState;
  private readonly random: Random;
  private readonly images = new Map<string, { readonly image: ImageIdentity; readonly content: string }>();
  /** What is to happen, the next first. */
  private readonly due: { readonly atMs: number; readonly happen: () => Played[] }[] = [];
  private readonly waiting = new Map<Generation, Asked[]>();

  constructor(private readonly options: PlayOptions) {
    this.random = seededRandom(options.seed);
  }

  *play(trace: Iterable<CacheDecision>): Generator<Played> {
    for (const asked of trace) {
      yield* this.happenUntil(asked.at);
      yield* this.request(asked);
    }
    yield* this.happenUntil(Infinity);
  }

  private *happenUntil(atMs: number): Generator<Played> {
    while (this.due.length > 0 && this.due[0]!.atMs <= atMs) yield* this.due.shift()!.happen();
  }

  private after(atMs: number, happen: () => Played[]): void {
    let place = this.due.length;
    while (place > 0 && this.due[place - 1]!.atMs > atMs) place -= 1;
    this.due.splice(place, 0, { atMs, happen });
  }

  private request(asked: CacheDecision): Played[] {
    const create = this.askedBy(asked);
    const { played, refused } = this.decide(asked.at, { do: 'ClaimEntry', ...this.fillRequest(create) });
    const held = claimOf(this.state, create.volumeId);
    if (!held?.entry) {
      this.bypass(create, refused);
      return played;
    }
    const { generation } = held.entry;
    if (held.claim.stage === 'leased') {
      this.clone(asked.at, create);
      return played;
    }
    const others = this.waiting.get(generation);
    if (others) others.push(create);
    else {
      this.waiting.set(generation, [create]);
      const endMs = asked.at + Math.round(asked.refillSeconds * 1_000);
      this.after(endMs, () => this.complete(endMs, generation, create));
    }
    return played;
  }

  private fillRequest({ volumeId, projectId, image, content, asked }: Asked) {
    return {
      ...{ volumeId, projectId, image, content, filler, sizeGib: asked.sizeGib, limits: this.options.limits },
      ...{ imageVolumeId: randomUuid(this.random) as VolumeId, at: instant(asked.at), ...internal },
    };
  }

  private complete(atMs: number, generation: Generation, { image, asked }: Asked): Played[] {
    const created = {
      ...{ generation, digest: digestOf(image), verifiedBy: 'os_hash' as const, signature: 'absent' as const },
      contentDigest: `sha256-1m:${image.osHashValue!.slice(0, 64)}`,
      source: fromImageService,
      ...{ at: instant(atMs), bytesDownloaded: asked.bytes, bytesWritten: asked.bytes },
      durationsMs: { download: Math.round(asked.refillSeconds * 1_000) },
    };
    const { played } = this.decide(atMs, { do: 'CompleteFill', created });
    for (const create of this.waiting.get(generation) ?? []) {
      if (claimOf(this.state, create.volumeId)?.claim.stage !== 'leased') {
        const again = { ...this.fillRequest(create), at: instant(atMs) };
        played.push(...this.decide(atMs, { do: 'ClaimEntry', ...again }).played);
      }
      this.clone(atMs, create);
    }
    this.waiting.delete(generation);
    return played;
  }

  /** Makes the volume and settles its claim. */
  private clone(leasedMs: number, create: Asked): void {
    const cloneMs = 3 + Math.round(40 * this.random()) / 10;
    const endMs = leasedMs + Math.ceil(cloneMs);
    this.after(endMs, () => {
      const { claim, entry } = claimOf(this.state, create.volumeId)!;
      const { volumeId, projectId, userId, requestId, asked, requestedAtMs } = create;
      const settled = { volumeId, projectId, userId, requestId, sizeGib: create.sizeGib, volumeType: '__DEFAULT__' };
      const { played } = this.decide(endMs, { do: 'SettleClaim', succeeded: true, ...settled });
      const { outcome, generation } = claim;
      const bytes = outcome === 'miss' ? asked.bytes : 0;
      const waitMs = leasedMs - requestedAtMs;
      const took: Record<string, number> = { hit: {}, joined: { wait: waitMs }, miss: { download: waitMs } }[outcome];
      const decision: CreateDecision = {
        ...{ outcome, strategy: 'cache', reason: reasons[outcome], declined: declinedBefore },
        entry: { pool: this.options.pool, generation, imageVolumeId: entry!.imageVolumeId },
        ...{ cloneMethod: 'reflink', bytesDownloaded: bytes, bytesWritten: bytes, digest: digestOf(create.image) },
        source: outcome === 'miss' ? fromImageService : null,
        durationsMs: { ...took, lease: 1.2, clone: cloneMs },
      };
      const end: Played = { kind: 'create', atMs: endMs, create: madeOf(create, endMs, decision) };
      this.reapLater(endMs, [generation]);
      return [end, ...played];
    });
  }

  /** What the cache does not take is downloaded into the volume. */
  private bypass(create: Asked, refused: string | undefined): void {
    const { asked, image } = create;
    const tookMs = Math.round(asked.refillSeconds * 1_000);
    const reason = refused?.replace('image-cache.', '').replaceAll('_', '-') ?? 'not-admitted';
    const decision: CreateDecision = {
      ...{ outcome: 'bypass', strategy: 'download', reason, entry: null, cloneMethod: null },
      declined: [...declinedBefore, { strategy: 'cache', reason }],
      ...{ bytesDownloaded: asked.bytes, bytesWritten: asked.bytes, digest: digestOf(image) },
      ...{ source: fromImageService, durationsMs: { download: tookMs } },
    };
    const atMs = asked.at + tookMs;
    this.after(atMs, () => [{ kind: 'create', atMs, create: madeOf(create, atMs, decision) }]);
  }

  private askedBy(asked: CacheDecision): Asked {
    let known = this.images.get(asked.key);
    if (!known) {
      const image = imageOf(asked);
      known = { image, content: contentKey(image, rules) };
      this.images.set(asked.key, known);
    }
    return {
      ...{ ...known, asked, requestedAtMs: asked.at, sizeGib: asked.sizeGib },
      volumeId: randomUuid(this.random) as VolumeId,
      projectId: (asked.projectId ?? 'demo') as ProjectId,
      userId: `user-of-${asked.projectId ?? 'demo'}` as UserId,
      requestId: `req-${randomUuid(this.random)}`,
    };
  }

  private decide(atMs: number, command: ImageCacheCommand): { readonly played: Played[]; readonly refused?: string } {
    const decision = imageCacheDecider.decide(command, this.state);
    if (isRefusal(decision)) return { played: [], refused: decision.refused };
    if (decision.length === 0) return { played: [] };
    this.state = fold(imageCacheDecider, decision, this.state);
    const evicted = decision.flatMap(({ type, data }) => (type === 'evict' ? [data.generation] : []));
    this.reapLater(atMs, evicted);
    return { played: [{ kind: 'commit', atMs, events: decision }] };
  }

  /** Image-volumes that nothing needs any more are removed a little later. */
  private reapLater(atMs: number, generations: readonly Generation[]): void {
    const reapMs = atMs + reapAfterMs;
    for (const generation of generations) {
      const entry = entryOf(this.state, generation);
      if (entry?.status !== 'retired' || entry.leases > 0 || entry.reaped) continue;
      this.after(reapMs, () => this.decide(reapMs, { do: 'RecordReaped', generation }).played);
    }
  }
}

const declinedBefore: CreateDecision['declined'] = [
  { strategy: 'driver-clone', reason: 'driver-cannot-clone-images' },
  { strategy: 'image-volume-clone', reason: 'image-not-raw' },
];
function madeOf(
  { content: _content, asked: _asked, ...create }: Asked,
  madeAtMs: number,
  decision: CreateDecision,
): PlayedCreate {
  return { ...create, madeAtMs, decision };
}

const fromImageService: FillSource = { kind: 'image-service', host: null, declined: [] };
const digestOf = ({ osHashAlgo, osHashValue }: ImageIdentity) => `${osHashAlgo}:${osHashValue}`;
const instant = (atMs: number) => new Date(atMs).toISOString();
