import { type ImageCacheEvent, type ImageIdentity, type VolumeEvent, isCacheable } from '@hearth/contracts';
import { gibToHold } from '@hearth/kernel';
import type { CacheFact, CopyFact } from './cache-fact';

type DataOf<Type extends ImageCacheEvent['type']> = Extract<ImageCacheEvent, { type: Type }>['data'];

/** What an event of a pool's cache says, decided at `at` in milliseconds; undefined for types that the advisor has no use for. */
export function factsOfCacheEvent(pool: string, at: number, event: ImageCacheEvent): readonly CacheFact[] | undefined {
  switch (event.type) {
    case 'fill-started':
      return ofFillStarted(pool, at, event.data);
    case 'fill-sized':
    case 'size-corrected': {
      const { generation, sizeGib } = event.data;
      return [{ ...unknownCopy, pool, generation, sizeGib }];
    }
    case 'identified': {
      const { generation, content, image } = event.data;
      return [{ ...unknownCopy, pool, generation, key: content, imageId: image.id, bytes: image.sizeBytes }];
    }
    case 'create': {
      const { generation, imageId, sizeGib, durationsMs } = event.data;
      const refillSeconds = refillSecondsOf(durationsMs);
      return [{ ...unknownCopy, pool, generation, imageId, sizeGib, refillSeconds }];
    }
    case 'joined':
    case 'leased':
      return [{ kind: 'claim', pool, at, volumeId: event.data.volumeId }];
    case 'asked': {
      const { content, imageId, volumeId, projectId } = event.data;
      const who = { volumeId, projectId, requestId: null };
      return [{ kind: 'request', pool, at, outcome: 'bypass', imageId, key: content, generation: null, ...who }];
    }
    case 'hit':
    case 'miss':
      return [ofUse(pool, at, event)];
    case 'evict': {
      const { generation, imageId, sizeGib, reason } = event.data;
      return [{ kind: 'eviction', pool, at, imageId, generation, sizeGib, reason }];
    }
    default:
      return undefined;
  }
}

/** What an event of a volume's stream says of how its request was answered. */
export function factsOfVolumeEvent(volumeId: string, at: number, event: VolumeEvent): readonly CacheFact[] | undefined {
  switch (event.type) {
    case 'VolumeRequested': {
      const { image, projectId } = event.data;
      if (!image) return [];
      return [copyOfImage(image), { kind: 'volume-requested', at, volumeId, imageId: image.id, projectId }];
    }
    case 'VolumeProvisioned': {
      const { decision, pool } = event.data;
      if (decision?.outcome !== 'bypass') return [];
      if (isCacheable(decision)) return [{ kind: 'bypass', at, pool, volumeId }];
      return [{ kind: 'ignored-request', why: 'not-cacheable', volumeId }];
    }
    case 'VolumeCreateFailed':
      return [{ kind: 'ignored-request', why: 'failed', volumeId }];
    default:
      return undefined;
  }
}

/**
 * What a fill took, by its durations in milliseconds, as the eviction policies have it: `fill` where that is said, else all steps; at
 * least a millisecond.
 */
export function refillSecondsOf(durationsMs: Readonly<Record<string, number>>): number {
  const ms = durationsMs['fill'] ?? Object.values(durationsMs).reduce((sum, each) => sum + each, 0);
  return Math.max(1, ms) / 1000;
}

const unknownCopy = {
  kind: 'copy',
  pool: null,
  generation: null,
  key: null,
  imageId: null,
  sizeGib: null,
  bytes: null,
  refillSeconds: null,
} as const satisfies CopyFact;

function ofFillStarted(pool: string, at: number, data: DataOf<'fill-started'>): readonly CacheFact[] {
  const { generation, content, image, sizeGib, volumeId } = data;
  const copy: CopyFact = {
    ...{ ...unknownCopy, pool, generation, key: content, imageId: image.id },
    ...{ sizeGib, bytes: image.sizeBytes },
  };
  return volumeId ? [copy, { kind: 'claim', pool, at, volumeId }] : [copy];
}

function ofUse(pool: string, at: number, event: Extract<ImageCacheEvent, { type: 'hit' | 'miss' }>): CacheFact {
  const { volumeId, generation, imageId, projectId } = event.data;
  if (event.type === 'miss' && event.data.failed) return { kind: 'ignored-request', why: 'failed', volumeId };
  const outcome = event.type === 'miss' ? 'miss' : event.data.joined ? 'joined' : 'hit';
  return { kind: 'request', pool, at, outcome, imageId, key: null, generation, volumeId, requestId: null, projectId };
}

function copyOfImage({ id, sizeBytes, virtualSizeBytes }: ImageIdentity): CopyFact {
  const sizeGib = virtualSizeBytes === null ? null : Math.max(1, gibToHold(virtualSizeBytes));
  return { ...unknownCopy, imageId: id, sizeGib, bytes: sizeBytes };
}
