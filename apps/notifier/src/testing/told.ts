import { type ImageCacheEvent, type VolumeEvent } from '@hearth/contracts';
import {
  cachePool,
  complete,
  exampleDecision,
  examplePool,
  exampleRequest,
  failed,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  requested,
  volumeOf,
} from '@hearth/domain/testing';
import type { Commit } from '@hearth/event-sourcing';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import type { ProjectId, UserId } from '@hearth/kernel';
import { KnownFacts } from '../facts/known-facts';
import type { Notice } from '../notices/notice';

export const occurredAt = '2026-01-02T03:04:05.678Z';
export const volumeId = exampleRequest.volumeId;
/** The decision of a create that went past the cache. */
export const bypassed = {
  ...exampleDecision,
  outcome: 'bypass',
  strategy: 'download',
  reason: 'cache-disabled',
  entry: null,
} as const;
export const use = {
  volumeId: volumeOf(4),
  generation: generationOf(1),
  imageId: imageOf(1).id,
  projectId: 'demo' as ProjectId,
  userId: 'alice' as UserId,
  sizeGib: 10,
  volumeType: '__DEFAULT__',
  requestId: 'req-4',
};
export const entry = {
  generation: generationOf(1),
  imageId: imageOf(1).id,
  imageVolumeId: imageVolumeOf(1),
  sizeGib: 2,
};

/** Notices of events that follow each other in one stream, one commit each; only those of the last. */
export async function toldOf(
  stream: Commit['stream'],
  ...events: readonly (VolumeEvent | ImageCacheEvent)[]
): Promise<readonly Notice[]> {
  return tellAll(new KnownFacts(new InMemoryEventStore(), 10), stream, events);
}

export async function tellAll(
  known: KnownFacts,
  stream: Commit['stream'],
  events: readonly (VolumeEvent | ImageCacheEvent)[],
): Promise<readonly Notice[]> {
  let told: readonly (readonly Notice[])[] = [];
  for (const [at, event] of events.entries()) {
    const commit = {
      id: `c${at}`,
      recordedAt: occurredAt,
      storedAt: occurredAt,
      correlationId: `req-${at}`,
      stream,
      sequence: at + 1,
      events: [event],
    };
    told = await known.noticesOf(commit);
  }
  return told.flat();
}
export const ofVolume = (...events: VolumeEvent[]) => toldOf({ category: 'volume', id: volumeId }, ...events);
export const ofPool = (...events: ImageCacheEvent[]) => toldOf({ category: 'image-cache', id: cachePool }, ...events);

export const onPool = [requested(), placed()] as const;
export const provisionedBy = (decision: typeof bypassed | null): VolumeEvent => ({
  type: 'VolumeProvisioned',
  data: { pool: examplePool, bootable: decision !== null, imageMetadata: {}, decision },
});
export const created: ImageCacheEvent = { type: 'create', data: { ...complete(1).created, ...entry } };
export const fillFailed: ImageCacheEvent = {
  type: 'fill-failed',
  data: { generation: generationOf(1), failure: failed(), transient: false },
};

export const verification = {
  ...{ generation: generationOf(1), contentDigest: 'sha256-1m:bad', at: occurredAt },
  ...{ bytesRead: 2 ** 30, durationMs: 1_000 },
};
export const verifyFailed: ImageCacheEvent = {
  type: 'verify-failed',
  data: { ...verification, imageId: entry.imageId, imageVolumeId: entry.imageVolumeId, expectedDigest: 'sha256-1m:ok' },
};
export const downloadStarted: VolumeEvent = { type: 'VolumeDownloadStarted', data: { pool: examplePool } };
