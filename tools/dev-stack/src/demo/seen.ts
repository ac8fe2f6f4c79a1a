// What a watch of a stack has seen, and questions to it. Pure.
import type { CreateDecision, ImageCacheEvent, VolumeEvent } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';

/** A commit of the log, seen. */
export interface SeenCommit {
  readonly kind: 'commit';
  readonly atMs: number;
  readonly commit: Commit;
}

/** An outward event, seen; the text of its data is kept for what it names. */
export interface SeenNotice {
  readonly kind: 'notice';
  readonly atMs: number;
  /** `image_volume_cache.hit` */
  readonly type: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export type Seen = SeenCommit | SeenNotice;

export type VolumeEnd = Extract<
  VolumeEvent,
  { type: 'VolumeProvisioned' | 'VolumeCreateFailed' | 'VolumePlacementFailed' }
>;

/** How a create ended, and when that was seen. */
export interface SeenEnd {
  readonly atMs: number;
  readonly event: VolumeEnd;
  readonly decision: CreateDecision | null;
}

const ends: readonly string[] = ['VolumeProvisioned', 'VolumeCreateFailed', 'VolumePlacementFailed'];

/** The end of a volume's create, once it was seen. */
export function endOf(seen: readonly Seen[], volumeId: string): SeenEnd | undefined {
  for (const one of seen) {
    if (one.kind !== 'commit' || one.commit.stream.category !== 'volume' || one.commit.stream.id !== volumeId) continue;
    const event = (one.commit.events as readonly VolumeEvent[]).find(({ type }) => ends.includes(type));
    if (!event) continue;
    const end = event as VolumeEnd;
    return { atMs: one.atMs, event: end, decision: 'decision' in end.data ? end.data.decision : null };
  }
  return undefined;
}

/** Events of the cache's streams of one kind. */
export function cacheEvents<T extends ImageCacheEvent['type']>(
  seen: readonly Seen[],
  type: T,
): Extract<ImageCacheEvent, { type: T }>[] {
  return seen.flatMap((one) => {
    if (one.kind !== 'commit' || one.commit.stream.category !== 'image-cache') return [];
    const events = one.commit.events as readonly ImageCacheEvent[];
    return events.filter((event): event is Extract<ImageCacheEvent, { type: T }> => event.type === type);
  });
}

/** Outward events, of one type or all. */
export function notices(seen: readonly Seen[], type?: string): SeenNotice[] {
  return seen.filter((one): one is SeenNotice => one.kind === 'notice' && (type === undefined || one.type === type));
}

/** Whether something seen speaks of one of these ids: in its stream's name or in its data. */
export function speaksOf(one: Seen, ids: readonly string[]): boolean {
  const text =
    one.kind === 'commit'
      ? one.commit.stream.id + JSON.stringify(one.commit.events)
      : JSON.stringify([one.data, one.headers]);
  return ids.some((id) => text.includes(id));
}
