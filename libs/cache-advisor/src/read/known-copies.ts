import type { CopyFact } from './cache-fact';

/** What is known of a content; null for what nobody told. */
export interface KnownContent {
  readonly key: string | null;
  readonly imageId: string | null;
  readonly sizeGib: number | null;
  readonly bytes: number | null;
  readonly refillSeconds: number | null;
  /** GiB of the smallest volume that was made from it: a copy is not larger. */
  readonly sizeGibMost: number | null;
  /** Of the quickest create that missed: its fill took no longer. */
  readonly refillSecondsMost: number | null;
  readonly begunAt: number | null;
}

const unknown: KnownContent = {
  ...{ key: null, imageId: null, sizeGib: null, bytes: null, refillSeconds: null },
  ...{ sizeGibMost: null, refillSecondsMost: null, begunAt: null },
};

/** Whose content is wanted. */
export interface ContentQuestion {
  readonly pool: string;
  readonly imageId: string;
  readonly key: string | null;
  readonly generation: number | null;
}

/** Gathers what many facts say of copies, contents and images, the latest word of each, and answers with what is nearest. */
export class KnownCopies {
  private readonly copies = new Map<string, KnownContent>();
  private readonly contents = new Map<string, KnownContent>();
  private readonly images = new Map<string, KnownContent>();
  private readonly keys = new Map<string, string>();

  add(fact: CopyFact): void {
    const { pool, generation } = fact;
    const place = pool !== null && generation !== null ? `${pool} ${generation}` : undefined;
    const told = toldBy(fact, place === undefined ? unknown : (this.copies.get(place) ?? unknown));
    if (place !== undefined) this.copies.set(place, told);
    const { key, imageId } = told;
    if (key !== null) merge(this.contents, key, told);
    if (imageId === null) return;
    merge(this.images, imageId, told);
    if (pool !== null && key !== null) this.keys.set(`${pool} ${imageId}`, key);
  }

  /** A volume of this size was made from the image. */
  addVolume(imageId: string, sizeGib: number): void {
    const before = this.images.get(imageId)?.sizeGibMost ?? Infinity;
    merge(this.images, imageId, { ...unknown, sizeGibMost: Math.min(before, sizeGib) });
  }

  /** A create of the image that missed took so many seconds. */
  addMiss(imageId: string, seconds: number): void {
    const before = this.images.get(imageId)?.refillSecondsMost ?? Infinity;
    merge(this.images, imageId, { ...unknown, refillSecondsMost: Math.min(before, Math.max(0, seconds)) });
  }

  /** Where no content is named, the image's id stands for it. */
  keyFor({ pool, imageId, key, generation }: ContentQuestion): string {
    const copy = this.copies.get(`${pool} ${generation}`);
    return key ?? copy?.key ?? this.keys.get(`${pool} ${imageId}`) ?? `image:${imageId}`;
  }

  /** Of the copy; where that is not told of its content anywhere; else of its image. */
  contentFor(question: ContentQuestion): KnownContent {
    const copy = this.copies.get(`${question.pool} ${question.generation}`) ?? unknown;
    const content = this.contents.get(this.keyFor(question)) ?? unknown;
    return merged(merged(this.images.get(question.imageId) ?? unknown, content), copy);
  }
}

function toldBy(fact: CopyFact, before: KnownContent): KnownContent {
  const { key, imageId, sizeGib, bytes, begunAt = null, readyAt } = fact;
  const begun = begunAt ?? before.begunAt;
  const took = readyAt !== undefined && begun !== null ? Math.max(0, readyAt - begun) / 1000 : null;
  const refillSeconds = fact.refillSeconds ?? took;
  return merged(before, { ...unknown, key, imageId, sizeGib, bytes, refillSeconds, begunAt });
}

function merge(into: Map<string, KnownContent>, name: string, told: KnownContent): void {
  into.set(name, merged(into.get(name) ?? unknown, told));
}

function merged(before: KnownContent, told: KnownContent): KnownContent {
  return {
    key: told.key ?? before.key,
    imageId: told.imageId ?? before.imageId,
    sizeGib: told.sizeGib ?? before.sizeGib,
    bytes: told.bytes ?? before.bytes,
    refillSeconds: told.refillSeconds ?? before.refillSeconds,
    sizeGibMost: told.sizeGibMost ?? before.sizeGibMost,
    refillSecondsMost: told.refillSecondsMost ?? before.refillSecondsMost,
    begunAt: told.begunAt ?? before.begunAt,
  };
}
