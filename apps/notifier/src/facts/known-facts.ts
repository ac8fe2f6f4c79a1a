import type { FillProgress, ImageCacheEvent } from '@hearth/contracts';
import type { Commit, EventStore } from '@hearth/event-sourcing';
import { noticesOfCache } from '../notices/cache.notices';
import type { FactContext, Notice } from '../notices/notice';
import { downloadProgressNotice, fillProgressNotice } from '../notices/progress.notices';
import { noticesOfVolume } from '../notices/volume.notices';
import { applyToImageVolumes, type ImageVolume } from './image-volume';
import { evolveOwner, type VolumeOwner } from './volume-owner';

/** The image-volumes of all pools as plain JSON. */
export type SavedPools = readonly SavedPool[];
type SavedPool = readonly [pool: string, volumes: readonly (readonly [generation: number, volume: ImageVolume])[]];

/**
 * What earlier facts said that notices of later ones repeat. Image-volumes are all kept, for they are few; owners of volumes as
 * far as memory is given, and the others are read from the log when they are needed.
 */
export class KnownFacts {
  private readonly owners = new Map<string, VolumeOwner>();
  private readonly pools: Map<string, Map<number, ImageVolume>>;

  constructor(
    private readonly store: EventStore,
    private readonly ownersMax: number,
    pools: SavedPools = [],
  ) {
    this.pools = new Map(pools.map(([pool, volumes]) => [pool, new Map(volumes)]));
  }

  /** Takes in a commit whose notices are out already. To be called, or `noticesOf`, with every commit in order. */
  skip(commit: Commit): void {
    if (commit.stream.category === 'image-cache') {
      for (const event of commit.events as readonly ImageCacheEvent[]) this.applyToPool(commit.stream.id, event);
    } else if (commit.stream.category === 'volume') this.owners.delete(commit.stream.id);
  }

  /** Takes in a commit; its notices by event, in order. Throws `StoreUnavailableError`. */
  async noticesOf(commit: Commit): Promise<readonly (readonly Notice[])[]> {
    const fact: FactContext = { requestId: commit.correlationId ?? null, occurredAt: commit.recordedAt };
    switch (commit.stream.category) {
      case 'volume':
        return this.noticesOfVolume(commit as Commit<'volume'>, fact);
      case 'image-cache':
        return (commit as Commit<'image-cache'>).events.map((event) => {
          const { id: pool } = commit.stream;
          const notices = noticesOfCache(pool, event, this.pools.get(pool) ?? new Map(), fact);
          this.applyToPool(pool, event);
          return notices;
        });
      case 'service':
      case 'cache-policy':
        return [];
    }
  }

  /**
   * How far a fill or a download has come, told as of its image-volume or volume; undefined unless the facts that were taken in
   * so far say that it runs. Throws `StoreUnavailableError`.
   */
  async noticeOfProgress(progress: FillProgress): Promise<Notice | undefined> {
    const { pool, generation, volumeId } = progress;
    if (generation !== null) {
      const volume = this.pools.get(pool)?.get(generation);
      return volume?.filling ? fillProgressNotice(progress, generation, volume) : undefined;
    }
    if (volumeId === null) return undefined;
    const owner = this.owners.get(volumeId) ?? (await this.ownerFromLog(volumeId));
    return owner?.downloading ? downloadProgressNotice(progress, volumeId, owner) : undefined;
  }

  /** The image-volumes, to be kept for a quicker start. */
  savePools(): SavedPools {
    return [...this.pools].map(([pool, volumes]) => [pool, [...volumes]] as const);
  }

  private applyToPool(pool: string, event: ImageCacheEvent): void {
    let volumes = this.pools.get(pool);
    if (!volumes) this.pools.set(pool, (volumes = new Map()));
    applyToImageVolumes(volumes, event);
  }

  private async noticesOfVolume(commit: Commit<'volume'>, fact: FactContext): Promise<readonly (readonly Notice[])[]> {
    const { id } = commit.stream;
    let owner = await this.ownerBefore(commit);
    const notices = commit.events.map((event) => {
      const told = noticesOfVolume(id, event, owner, fact);
      owner = evolveOwner(owner, event);
      return told;
    });
    this.owners.delete(id);
    if (owner && !commit.events.some(({ type }) => type === 'VolumeDeleted')) this.remember(id, owner);
    return notices;
  }

  private async ownerBefore({ stream, sequence, events }: Commit<'volume'>): Promise<VolumeOwner | undefined> {
    const known = this.owners.get(stream.id);
    if (known || events[0]?.type === 'VolumeRequested') return known;
    return this.ownerFromLog(stream.id, sequence);
  }

  /** As of before a position in the log; of now unless told. */
  private async ownerFromLog(id: string, before = Number.POSITIVE_INFINITY): Promise<VolumeOwner | undefined> {
    let owner: VolumeOwner | undefined;
    for await (const commit of this.store.read({ category: 'volume', id })) {
      if (commit.sequence >= before) break;
      owner = commit.events.reduce(evolveOwner, owner);
    }
    return owner;
  }

  /** The volume that was spoken of longest ago goes first. */
  private remember(id: string, owner: VolumeOwner): void {
    this.owners.set(id, owner);
    if (this.owners.size <= this.ownersMax) return;
    const [oldest] = this.owners.keys();
    if (oldest !== undefined) this.owners.delete(oldest);
  }
}
