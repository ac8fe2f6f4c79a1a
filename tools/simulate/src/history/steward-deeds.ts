import type { Actor } from '@hearth/contracts';
import { type CachePolicyCommand, cachePolicyDecider, type ImageCacheCommand, imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, UserId } from '@hearth/kernel';
import { familyName } from '../world/image-service';
import type { World } from '../world/world';
import { among } from './among';
import type { Deed } from './history';

const by: Actor = { userId: 'admin' as UserId, projectId: 'admin' as ProjectId, requestId: 'req-1' };

/** What operators ask of the caches. */
export type StewardDeed = Extract<
  Deed,
  {
    do:
      | 'policy'
      | 'remove-policy'
      | 'pin'
      | 'unpin'
      | 'switch-off'
      | 'switch-on'
      | 'prefetch'
      | 'cancel-prefetch'
      | 'evict';
  }
>;

/** Does what operators do, and remembers what they can take back. */
export class Steward {
  private readonly policies: string[] = [];
  private readonly prefetches: { readonly pool: PoolRef; readonly prefetchId: string }[] = [];

  constructor(private readonly world: World) {}

  begin(deed: StewardDeed): void {
    if (deed.do === 'policy') return this.definePolicy(deed);
    if (deed.do === 'remove-policy') {
      const id = among(this.policies, deed.policy);
      if (id !== undefined) this.tellPolicy(id, { do: 'RemovePolicy', by, at: this.world.time.now });
      return;
    }
    const pool = among(this.world.pools, deed.pool)!;
    const command = this.commandOf(deed, pool);
    if (command) this.tellCache(pool, command);
  }

  private commandOf(
    deed: Exclude<StewardDeed, { do: 'policy' | 'remove-policy' }>,
    pool: PoolRef,
  ): ImageCacheCommand | undefined {
    const { time, images } = this.world;
    const at = time.now;
    const image =
      'image' in deed && typeof deed.image === 'number' ? among(images.images, deed.image)?.identity : undefined;
    const imageId = image?.id;
    switch (deed.do) {
      case 'pin':
        return imageId === undefined ? undefined : { do: 'PinImage', imageId, image, note: null, by, at };
      case 'unpin':
        return imageId === undefined ? undefined : { do: 'UnpinImage', imageId, by, at };
      case 'switch-off':
        return { do: 'SwitchOff', ready: deed.ready, by, at };
      case 'switch-on':
        return { do: 'SwitchOn', by, at };
      case 'prefetch':
        return imageId === undefined ? undefined : this.prefetch(deed, pool, imageId);
      case 'cancel-prefetch': {
        const prefetch = among(
          this.prefetches.filter((one) => one.pool === pool),
          deed.prefetch,
        );
        return prefetch && { do: 'CancelPrefetch', prefetchId: prefetch.prefetchId, by, at };
      }
      case 'evict': {
        const entry = among([...this.world.facts.cache(pool).entries.values()], deed.entry);
        return entry && { do: 'RetireEntry', generation: entry.generation, reason: 'manual', by, at };
      }
    }
  }

  private prefetch(deed: Extract<Deed, { do: 'prefetch' }>, pool: PoolRef, imageId: string): ImageCacheCommand {
    const { time, images, newId } = this.world;
    const prefetchId = newId();
    this.prefetches.push({ pool, prefetchId });
    const { deadlineSeconds, pin } = deed;
    const deadline = deadlineSeconds === null ? null : new Date(time.nowMs + deadlineSeconds * 1_000).toISOString();
    const image = images.images.find(({ identity }) => identity.id === imageId)?.identity;
    return { do: 'RequestPrefetch', prefetchId, imageId, image, deadline, pin, by, at: time.now };
  }

  private definePolicy({ family, keep, pin, pools }: Extract<Deed, { do: 'policy' }>): void {
    const id = this.world.newId();
    this.policies.push(id);
    const named = pools === 'all' ? '*' : among(this.world.pools, pools)!;
    const definition = {
      ...{ name: `the newest of family ${family}`, selector: { name: familyName(family) }, pools: [named] },
      ...{ keep, pin, everySeconds: 86_400, enabled: true },
    };
    this.tellPolicy(id, { do: 'DefinePolicy', definition, by, at: this.world.time.now });
  }

  private tellPolicy(id: string, command: CachePolicyCommand): void {
    const stream = { category: 'cache-policy', id } as const;
    runCommand(this.world.environment, cachePolicyDecider, stream, command).catch((error: unknown) =>
      this.world.words.warn('a request failed', { error }),
    );
  }

  private tellCache(pool: PoolRef, command: ImageCacheCommand): void {
    const stream = { category: 'image-cache', id: pool } as const;
    runCommand(this.world.environment, imageCacheDecider, stream, command).catch((error: unknown) =>
      this.world.words.warn('a request failed', { error }),
    );
  }
}
