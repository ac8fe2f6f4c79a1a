import type { CreateDecision, VolumeEvent } from '@hearth/contracts';
import type { CacheDecisionRow } from '../tables/cache-decisions.table';
import type { CacheEntryRow } from '../tables/cache-entries.table';
import type { VolumeRow } from '../tables/volumes.table';
import { occurrenceOf, ofCategory, type Occurrence, type Projection } from './projection';

/**
 * A volume's own stream: one row for each create from an image that was decided. Comes after the volumes, and looks at the copy that
 * served it too, which the log tells of before.
 */
export const cacheDecisionsProjection: Projection = {
  name: 'cache-decisions',
  needs(rows, commits) {
    for (const { events } of commits.flatMap((commit) => ofCategory(commit, 'volume') ?? [])) {
      for (const event of events) {
        const entry = decisionOf(event)?.entry;
        if (entry) rows.cacheEntries.want({ pool: entry.pool, generation: entry.generation });
      }
    }
  },
  apply(rows, commit) {
    const ofVolume = ofCategory(commit, 'volume');
    if (!ofVolume) return;
    for (const event of ofVolume.events) {
      const decision = decisionOf(event);
      const volume = decision && rows.volumes.get({ id: commit.stream.id });
      if (!decision || !volume || volume.imageId === null) continue;
      const { entry } = decision;
      const copy = entry ? rows.cacheEntries.get({ pool: entry.pool, generation: entry.generation }) : undefined;
      const failed = event.type === 'VolumeCreateFailed';
      rows.cacheDecisions.put(decided(volume, decision, { copy, failed, ...occurrenceOf(commit) }));
    }
  },
};

/** The decision that an event holds, of a create from an image. */
function decisionOf(event: VolumeEvent): CreateDecision | undefined {
  if (event.type !== 'VolumeProvisioned' && event.type !== 'VolumeCreateFailed') return undefined;
  return event.data.decision ?? undefined;
}

interface Circumstances extends Occurrence {
  readonly copy: CacheEntryRow | undefined;
  readonly failed: boolean;
}

function decided(
  { id, imageId, projectId, host }: VolumeRow,
  decision: CreateDecision,
  { copy, failed, at }: Circumstances,
): CacheDecisionRow {
  const { outcome, strategy, reason, entry, bytesDownloaded, bytesWritten, durationsMs } = decision;
  const durationMs = createMs(durationsMs);
  const refill = copy
    ? { bytes: copy.bytesDownloaded, ms: refillMs(copy.durationsMs) }
    : { bytes: bytesDownloaded, ms: durationMs };
  const isServed = !failed && (outcome === 'hit' || outcome === 'joined');
  return {
    ...{ volumeId: id, decidedAt: at, pool: entry?.pool ?? host, imageId: imageId!, projectId },
    ...{ outcome, strategy, reason, failed, generation: entry?.generation ?? null },
    ...{ content: copy?.content ?? null, copyGib: copy?.sizeGib ?? null },
    ...{ bytesDownloaded, bytesWritten, durationMs, refillBytes: refill.bytes, refillMs: refill.ms },
    savedBytes: isServed ? Math.max(0, refill.bytes - bytesDownloaded) : 0,
    // Who joined a fill waited for it.
    savedMs: isServed && outcome === 'hit' ? Math.max(0, refill.ms - durationMs) : 0,
  };
}

/** Milliseconds of a fill: `fill` where that is said, else all its steps. */
function refillMs(durations: Readonly<Record<string, number>>): number {
  return durations['fill'] ?? sum(Object.values(durations));
}

/** Milliseconds of a create: `total` where that is said, else its own steps; those of a fill are parts of `fill`. */
function createMs(durations: Readonly<Record<string, number>>): number {
  const own = ['wait', 'fill', 'lease', 'clone'].flatMap((step) => durations[step] ?? []);
  return durations['total'] ?? sum(own.length > 0 ? own : Object.values(durations));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
