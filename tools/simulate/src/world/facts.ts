import { type ImageCacheEvent, type ServiceEvent, type VolumeEvent, effectiveCacheSettings } from '@hearth/contracts';
import {
  type CacheEntry,
  type CacheLimits,
  type ImageCache,
  type Service,
  type Volume,
  cacheLimits,
  imageCacheDecider,
  serviceDecider,
  volumeDecider,
} from '@hearth/domain';
import type { Commit } from '@hearth/event-sourcing';
import { type Generation, type PoolRef, type VolumeId, fold, poolParts } from '@hearth/kernel';

/** What a commit made of a pool's cache. */
export interface CacheChange {
  readonly pool: PoolRef;
  readonly before: ImageCache;
  readonly after: ImageCache;
  readonly events: readonly ImageCacheEvent[];
  readonly limits: CacheLimits | undefined;
  /** What the pool's host last reported of its rules; undefined before. */
  readonly settings: Settings | undefined;
}

export type Settings = ReturnType<typeof effectiveCacheSettings>;

/** What a commit made of a volume. */
export interface VolumeChange {
  readonly id: VolumeId;
  readonly after: Volume;
  readonly events: readonly VolumeEvent[];
}

/** GiB of every simulated pool. */
const totalGib = 1_000;

/** All that the log says, folded commit by commit as it is stored. */
export class Facts {
  readonly caches = new Map<PoolRef, ImageCache>();
  readonly volumes = new Map<VolumeId, Volume>();
  readonly volumeEvents = new Map<VolumeId, VolumeEvent[]>();
  readonly cacheCommits = new Map<
    PoolRef,
    { readonly sequence: number; readonly events: readonly ImageCacheEvent[] }[]
  >();
  /** How often each kind of fact was stored; an eviction with its reason, an end with its own. */
  readonly kinds = new Map<string, number>();
  private readonly services = new Map<string, Service>();
  /** Image-volumes, by their object's name. */
  private readonly copies = new Map<string, { readonly pool: PoolRef; readonly generation: Generation }>();

  constructor(
    private readonly onCache: (change: CacheChange) => void,
    private readonly onVolume: (change: VolumeChange) => void,
  ) {}

  cache(pool: PoolRef): ImageCache {
    return this.caches.get(pool) ?? imageCacheDecider.initialState;
  }

  volume(id: VolumeId): Volume {
    return this.volumes.get(id) ?? volumeDecider.initialState;
  }

  /** The limits that the pool's host last reported; undefined before. */
  limitsOf(pool: PoolRef): CacheLimits | undefined {
    const settings = this.settingsOf(pool);
    return settings && cacheLimits(settings, totalGib);
  }

  /** The rules that the pool's host last reported; undefined before. */
  settingsOf(pool: PoolRef): Settings | undefined {
    const { host, backend } = poolParts(pool);
    const settings = this.services.get(`${host}@${backend}`)?.cache;
    return settings && effectiveCacheSettings(settings);
  }

  /** Whether the pool's cache is switched on by its configuration. */
  isEnabled(pool: PoolRef): boolean {
    return this.settingsOf(pool)?.state === 'enabled';
  }

  /** The entry whose image-volume an object is. */
  entryOf(pool: PoolRef, objectName: string): CacheEntry | undefined {
    const copy = this.copies.get(objectName);
    return copy?.pool === pool ? this.cache(pool).entries.get(copy.generation) : undefined;
  }

  /** Names of objects that the pool once had: of image-volumes that are gone, and of volumes that were deleted from it. */
  *remainsOf(pool: PoolRef): Iterable<string> {
    for (const [name, copy] of this.copies) {
      const entry = this.cache(pool).entries.get(copy.generation);
      if (copy.pool === pool && (!entry || entry.reaped)) yield name;
    }
    for (const [id, events] of this.volumeEvents) {
      const last = events.findLast(({ type }) => type === 'VolumePlaced');
      const wasHere = last?.type === 'VolumePlaced' && last.data.pool === pool;
      if (wasHere && this.volume(id).status === 'deleted') yield `volume-${id}`;
    }
  }

  hear(commit: Commit): void {
    for (const event of commit.events) {
      const kind = kindOf(event);
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    }
    const { category, id } = commit.stream;
    if (category === 'volume') this.hearVolume(id as VolumeId, commit.events as readonly VolumeEvent[]);
    if (category === 'image-cache') this.hearCache(commit as Commit<'image-cache'>);
    if (category === 'service') {
      const before = this.services.get(id) ?? serviceDecider.initialState;
      this.services.set(id, fold(serviceDecider, commit.events as readonly ServiceEvent[], before));
    }
  }

  private hearVolume(id: VolumeId, events: readonly VolumeEvent[]): void {
    const after = fold(volumeDecider, events, this.volume(id));
    this.volumes.set(id, after);
    this.volumeEvents.set(id, [...(this.volumeEvents.get(id) ?? []), ...events]);
    this.onVolume({ id, after, events });
  }

  private hearCache({ stream, sequence, events }: Commit<'image-cache'>): void {
    const pool = stream.id as PoolRef;
    for (const event of events) {
      if (event.type !== 'fill-started') continue;
      const { generation, imageVolumeId } = event.data;
      this.copies.set(`volume-${imageVolumeId}`, { pool, generation });
    }
    const before = this.cache(pool);
    const after = fold(imageCacheDecider, events, before);
    this.caches.set(pool, after);
    const commits = this.cacheCommits.get(pool) ?? [];
    this.cacheCommits.set(pool, commits);
    commits.push({ sequence, events });
    this.onCache({ pool, before, after, events, limits: this.limitsOf(pool), settings: this.settingsOf(pool) });
  }
}

function kindOf(event: Commit['events'][number]): string {
  if (event.type === 'evict') return `evict ${event.data.reason}`;
  if (event.type === 'VolumeCreateFailed') return `${event.type} ${event.data.failure.code}`;
  if (event.type !== 'VolumeProvisioned' || !event.data.decision) return event.type;
  const { strategy, reason } = event.data.decision;
  return `${event.type} ${strategy} ${reason}`;
}
