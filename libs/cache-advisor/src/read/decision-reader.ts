import type { Outcome } from '@hearth/contracts';
import { bytesPerGib } from '@hearth/kernel';
import type { CacheDecision } from '../trace/decision';
import type {
  BypassFact,
  CacheFact,
  ClaimFact,
  CopyFact,
  EvictionFact,
  RequestFact,
  VolumeMadeFact,
} from './cache-fact';
import { parseDecisionLine } from './decision-line';
import { KnownCopies } from './known-copies';
import { RepeatedNotices } from './repeated-notices';

/** What stands in for what a source does not say. */
export interface ReadOptions {
  /** GiB of a copy. */
  readonly assumedSizeGib?: number;
  /** Of a download, for images whose fill nobody timed. */
  readonly assumedBytesPerSecond?: number;
  /** How far apart two of Cinder's notices of one decision may be; 0 takes every notice as a decision of its own. */
  readonly pairWithinMs?: number;
}

/** A copy that was given up. */
export interface CacheEviction {
  readonly at: number;
  readonly pool: string;
  readonly key: string;
  /** Null where the source does not say. */
  readonly sizeGib: number | null;
  readonly reason: string | null;
}

export interface ReadDecisions {
  readonly decisions: readonly CacheDecision[];
  readonly evictions: readonly CacheEviction[];
  /** Events of each type that the advisor has no use for. */
  readonly passedOver: Readonly<Record<string, number>>;
  /** Further words on decisions that were told before. */
  readonly repeated: number;
  /** Requests that no cache has a part in: of failed creates, of images that are cloned where they lie, of encrypted volumes. */
  readonly ignored: number;
  /** Sentences about what was not told and is assumed. */
  readonly assumptions: readonly string[];
}

interface Request {
  at: number;
  pool: string;
  imageId: string;
  key: string | null;
  generation: number | null;
  projectId: string | null;
  /** Undefined until it is told. */
  outcome: Outcome | undefined;
}

const defaults = { assumedSizeGib: 10, assumedBytesPerSecond: 100e6, pairWithinMs: 2000 };

/** Makes decisions of the facts of a log, a stream of events or a file, told in any number of steps. Reads no file and no clock. */
export class DecisionReader {
  private readonly options: Required<ReadOptions>;
  private readonly known = new KnownCopies();
  private readonly requests: Request[] = [];
  private readonly ofVolume = new Map<string, Request>();
  private readonly asked = new Map<string, { readonly imageId: string; readonly projectId: string }>();
  /** By image and pool: requests of Cinder's whose volume has not been told of, and when the first miss of a fill was. */
  private readonly unclaimed = new Map<string, Request[]>();
  private readonly missedAt = new Map<string, number>();
  private readonly evictions: EvictionFact[] = [];
  private readonly repeatedNotices: RepeatedNotices;
  private readonly passedOver: Record<string, number> = {};
  private readonly ignoredVolumes = new Set<string>();
  private repeated = 0;
  /** Volumes with an image of which Cinder's cache has said nothing, and the pools whose cache does speak. */
  private readonly withoutWord: Request[] = [];
  private readonly speakingPools = new Set<string>();

  constructor(options: ReadOptions = {}) {
    this.options = { ...defaults, ...options };
    this.repeatedNotices = new RepeatedNotices(this.options.pairWithinMs);
  }

  /** One line of a file; lines count from 1. Throws `UnreadableLineError`, and what was read before stays. */
  addLine(text: string, line: number): void {
    const { facts, passedOver } = parseDecisionLine(text, line);
    for (const fact of facts) this.add(fact);
    for (const type of passedOver) this.passedOver[type] = (this.passedOver[type] ?? 0) + 1;
  }

  add(fact: CacheFact): void {
    switch (fact.kind) {
      case 'copy':
        return this.known.add(fact);
      case 'claim':
        return this.onClaim(fact);
      case 'request':
        return fact.volumeId === null ? this.onNotice(fact) : this.onRequest(fact, fact.volumeId);
      case 'volume-requested':
        return void this.asked.set(fact.volumeId, fact);
      case 'bypass':
        return this.onBypass(fact);
      case 'ignored-request':
        return this.onIgnored(fact.volumeId);
      case 'volume-made':
        return this.onVolumeMade(fact);
      case 'eviction':
        return void this.evictions.push(fact);
    }
  }

  read(): ReadDecisions {
    const unsaid = new Unsaid();
    const uncached = this.withoutWord.filter(({ pool }) => !this.speakingPools.has(pool));
    const requests = [...this.requests, ...uncached];
    const decisions = requests.flatMap((request) => this.decisionOf(request, unsaid) ?? []);
    const { repeated, passedOver } = this;
    const assumptions = [...unsaid.sentences(this.options), ...this.wordOnUncached(uncached.length)];
    const evictions = this.evictions.map((eviction) => this.evictionOf(eviction));
    return { decisions, evictions, passedOver, repeated, ignored: this.ignoredVolumes.size, assumptions };
  }

  private onClaim({ pool, at, volumeId }: ClaimFact): void {
    if (this.ofVolume.has(volumeId)) return;
    this.open(volumeId, { at, pool, imageId: '', key: null, generation: null, projectId: null, outcome: undefined });
  }

  private onRequest(fact: RequestFact, volumeId: string): void {
    const { pool, at, outcome, imageId, key, generation, projectId } = fact;
    const before = this.ofVolume.get(volumeId);
    this.ignoredVolumes.delete(volumeId);
    if (before?.outcome !== undefined) this.repeated += 1;
    const told = { pool, imageId, key: key ?? before?.key ?? null, generation, projectId, outcome };
    if (before) Object.assign(before, told);
    else this.open(volumeId, { at, ...told });
  }

  /** One that is tried again elsewhere may still be answered. */
  private onIgnored(volumeId: string): void {
    this.ignoredVolumes.add(volumeId);
    const request = this.ofVolume.get(volumeId);
    if (request) request.outcome = undefined;
  }

  private onBypass({ at, pool, volumeId }: BypassFact): void {
    const asked = this.asked.get(volumeId);
    if (!asked) return;
    const { imageId, projectId } = asked;
    const nothing = { key: null, generation: null, requestId: null };
    this.onRequest(
      { kind: 'request', at, pool, outcome: 'bypass', imageId, volumeId, projectId, ...nothing },
      volumeId,
    );
  }

  private open(volumeId: string, request: Request): void {
    this.requests.push(request);
    this.ofVolume.set(volumeId, request);
  }

  private onNotice(fact: RequestFact): void {
    const { pool, at, outcome, imageId, key, generation, projectId } = fact;
    if (this.options.pairWithinMs > 0 && this.repeatedNotices.isRepetition(fact)) {
      this.repeated += 1;
      return;
    }
    const request: Request = { at, pool, imageId, key, generation, projectId, outcome };
    const place = `${pool} ${imageId}`;
    this.speakingPools.add(pool);
    this.requests.push(request);
    const waiting = this.unclaimed.get(place);
    if (waiting) waiting.push(request);
    else this.unclaimed.set(place, [request]);
    if (outcome === 'hit') this.missedAt.delete(place);
    else if (!this.missedAt.has(place)) this.missedAt.set(place, at);
  }

  private onVolumeMade({ pool, at, volumeName, projectId, sizeGib, image }: VolumeMadeFact): void {
    if (!image) {
      if (volumeName !== null) this.onImageVolume(volumeName, { pool, at, sizeGib });
      return;
    }
    const { imageId, bytes } = image;
    this.known.add({ ...nothingKnown, imageId, bytes });
    this.known.addVolume(imageId, sizeGib);
    const request = this.unclaimed.get(`${pool} ${imageId}`)?.shift();
    if (request) {
      request.projectId ??= projectId;
      if (request.outcome === 'miss') this.known.addMiss(imageId, (at - request.at) / 1000);
      return;
    }
    this.withoutWord.push({ at, pool, imageId, key: null, generation: null, projectId, outcome: 'bypass' });
  }

  /** Its name tells which image's it is, and a miss of that image must have come before. The fill began with that miss. */
  private onImageVolume(
    name: string,
    { pool, at, sizeGib }: { readonly pool: string; readonly at: number; readonly sizeGib: number },
  ): void {
    const imageId = /^image-(.+)$/.exec(name)?.[1];
    const begunAt = imageId === undefined ? undefined : this.missedAt.get(`${pool} ${imageId}`);
    if (imageId === undefined || begunAt === undefined) return;
    this.missedAt.delete(`${pool} ${imageId}`);
    this.known.add({ ...nothingKnown, pool, imageId, sizeGib, begunAt, readyAt: at });
  }

  private decisionOf(request: Request, unsaid: Unsaid): CacheDecision | undefined {
    const { at, pool, projectId, outcome, imageId } = request;
    if (outcome === undefined) return undefined;
    const { assumedSizeGib, assumedBytesPerSecond } = this.options;
    const key = this.known.keyFor(request);
    const content = this.known.contentFor(request);
    if (content.sizeGib === null) (content.sizeGibMost === null ? unsaid.sizes : unsaid.sizesMost).add(imageId);
    const sizeGib = content.sizeGib ?? content.sizeGibMost ?? assumedSizeGib;
    if (content.bytes === null) unsaid.bytes.add(imageId);
    const bytes = content.bytes ?? sizeGib * bytesPerGib;
    const { refillSecondsMost } = content;
    if (content.refillSeconds === null) {
      (refillSecondsMost === null ? unsaid.seconds : unsaid.secondsMost).add(imageId);
    }
    const refillSeconds = content.refillSeconds ?? refillSecondsMost ?? bytes / assumedBytesPerSecond;
    return { at, pool, key, projectId, outcome, sizeGib, bytes, refillSeconds };
  }

  private evictionOf({ at, pool, imageId, generation, sizeGib, reason }: EvictionFact): CacheEviction {
    const question = { pool, imageId, generation, key: null };
    const key = this.known.keyFor(question);
    return { at, pool, key, sizeGib: sizeGib ?? this.known.contentFor(question).sizeGib, reason };
  }

  /** Cinder does not say whether a volume with an image was made from it, or from a volume that was. */
  private wordOnUncached(counted: number): string[] {
    const leftOut = this.withoutWord.length - counted;
    const sentences: [number, string][] = [
      [
        counted,
        'in pools without a word of a cache count as requests; clones of volumes among them are not told apart.',
      ],
      [leftOut, 'came without a word of the cache of their pool, such as clones of volumes; they are left out.'],
    ];
    return sentences.filter(([count]) => count > 0).map(([count, rest]) => `${count} volumes with an image ${rest}`);
  }
}

const nothingKnown: CopyFact = {
  ...{ kind: 'copy', pool: null, generation: null, key: null, imageId: null },
  ...{ sizeGib: null, bytes: null, refillSeconds: null },
};

/** Images of which something was not told. */
class Unsaid {
  readonly sizes = new Set<string>();
  readonly sizesMost = new Set<string>();
  readonly bytes = new Set<string>();
  readonly seconds = new Set<string>();
  readonly secondsMost = new Set<string>();

  sentences({ assumedSizeGib, assumedBytesPerSecond }: Required<ReadOptions>): string[] {
    const all: [ReadonlySet<string>, string][] = [
      [this.sizes, `how large a copy is; ${assumedSizeGib} GiB is assumed.`],
      [
        this.sizesMost,
        'how large a copy is; that of the smallest volume made from it is taken, and a copy may be smaller.',
      ],
      [this.bytes, 'how many bytes are downloaded; as many as the copy has are assumed, which is too many.'],
      [this.seconds, `how long a fill takes; ${assumedBytesPerSecond / 1e6} MB a second are assumed.`],
      [
        this.secondsMost,
        'how long a fill takes; that of the quickest create that missed is taken, and a fill may be quicker.',
      ],
    ];
    return all.filter(([{ size }]) => size > 0).map(([{ size }, rest]) => `Of ${size} images it is not told ${rest}`);
  }
}
