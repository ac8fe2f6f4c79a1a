import type { Actor, ImageIdentity } from '@hearth/contracts';
import { type CachePolicyCommand, cachePolicyDecider, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { ImageCacheCommand, VolumeCommand } from '@hearth/domain';
import type { PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { familyName } from '../world/image-service';
import type { World } from '../world/world';
import type { Deed } from './history';

const by: Actor = { userId: 'admin' as UserId, projectId: 'admin' as ProjectId, requestId: 'req-1' };
type BegunHere =
  | 'create'
  | 'delete'
  | 'new-version'
  | 'turn-image'
  | 'edit-image'
  | 'change-image'
  | 'tamper'
  | 'set-quota'
  | 'nudge'
  | 'pass'
  | 'wait';
const projects = ['red', 'blue'] as const;

/** The one that a number means, counted round, or from the end where it is negative; undefined where there is none. */
function among<Item>(items: readonly Item[], number: number): Item | undefined {
  return number < 0 ? items.at(number) : items[number % Math.max(1, items.length)];
}

/** One deed in a world: it begins here, and goes on as turns are given. */
export class Doer {
  /** Creates in their order, and the image of each. */
  readonly volumes: { readonly id: VolumeId; readonly image: ImageIdentity | null; readonly sizeGib: number }[] = [];
  /** What somebody else did to a copy: no create that used it is held to its bytes. */
  readonly corrupted = new Set<string>();
  readonly lost = new Set<string>();
  /** Objects of others, which nobody here may touch: by pool. */
  readonly foreign = new Set<string>();
  private readonly policies: string[] = [];
  private readonly hanging = new Set<string>();
  private readonly prefetches: { readonly pool: PoolRef; readonly prefetchId: string }[] = [];

  constructor(private readonly world: World) {}

  begin(deed: Deed): void {
    switch (deed.do) {
      case 'create':
        for (let count = 0; count < deed.count; count += 1) this.create(deed);
        return;
      case 'delete': {
        const volume = among(this.volumes, deed.volume);
        const force = deed.force ?? false;
        if (volume) this.tellVolume(volume.id, { do: 'DeleteVolume', userId: 'alice' as UserId, force });
        return;
      }
      case 'new-version':
        return this.world.images.add(deed.family, deed);
      case 'turn-image':
      case 'edit-image':
      case 'change-image':
      case 'tamper':
        return this.troubleImage(deed);
      case 'set-quota':
        this.world.quota.limits = deed.limits;
        return;
      case 'nudge':
        return this.nudge(deed);
      case 'pass':
        return void this.world.runPass(deed.pick);
      case 'wait':
        return this.world.time.pass(deed.ms);
      default:
        return this.beginElsewhere(deed);
    }
  }

  private beginElsewhere(deed: Exclude<Deed, { do: BegunHere }>): void {
    switch (deed.do) {
      case 'kill':
      case 'restart':
      case 'boot-beside':
        return this.troubleHost(deed);
      case 'driver-fails':
      case 'driver-hangs':
      case 'image-fails':
      case 'image-hangs':
      case 'looks-fail':
      case 'log-fails':
      case 'corrupt':
      case 'lose':
      case 'grow':
        return this.trouble(deed);
      case 'policy':
        return this.definePolicy(deed);
      case 'remove-policy': {
        const id = among(this.policies, deed.policy);
        if (id !== undefined) this.tellPolicy(id, { do: 'RemovePolicy', by, at: this.world.time.now });
        return;
      }
      case 'plant':
        return this.plant(deed, among(this.world.pools, deed.pool)!);
      case 'pin':
      case 'unpin':
      case 'switch-off':
      case 'switch-on':
      case 'prefetch':
      case 'cancel-prefetch':
      case 'evict': {
        const pool = among(this.world.pools, deed.pool)!;
        const command = this.steward(deed, pool);
        if (command) this.tellCache(pool, command);
        return;
      }
      case 'look':
        return;
    }
  }

  private create({ image: family, sizeGib }: Extract<Deed, { do: 'create' }>): void {
    const image = family === null ? null : this.world.images.latest(family);
    if (image === undefined) return;
    const id = this.world.newId() as VolumeId;
    // The api refuses what cannot be.
    const size = Math.max(sizeGib, image?.identity.minDiskGib ?? 1);
    const projectId = projects[this.volumes.length % 2] as string as ProjectId;
    const request = { ...exampleRequest, volumeId: id, projectId, image: image?.identity ?? null, sizeGib: size };
    this.volumes.push({ id, image: image?.identity ?? null, sizeGib: size });
    this.tellVolume(id, { do: 'RequestVolume', request });
  }

  private steward(deed: Deed, pool: PoolRef): ImageCacheCommand | undefined {
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
      default:
        return undefined;
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

  private plant({ what, pick }: Extract<Deed, { do: 'plant' }>, pool: PoolRef): void {
    const { objects } = this.world.backendOf(pool).memory;
    const gone = [...this.world.facts.remainsOf(pool)].filter((name) => !objects.has(name));
    const name = what === 'remains' ? among(gone, pick) : `volume-${this.world.newId()}`;
    if (name === undefined) return;
    if (what === 'foreign') this.foreign.add(`${pool} ${name}`);
    objects.set(name, { sizeGib: 1, isWhole: true, pages: new Map() });
  }

  private troubleImage(deed: Extract<Deed, { do: 'turn-image' | 'edit-image' | 'change-image' | 'tamper' }>): void {
    const { images } = this.world;
    const image = among(images.images, deed.image);
    if (!image) return;
    if (deed.do === 'turn-image') return images.turn(image, deed.to);
    if (deed.do === 'edit-image') return images.edit(image);
    if (deed.do === 'change-image') return images.change(image, deed);
    if (deed.how === 'removed') return images.places.remove(image.identity.id);
    images.places.tamper(image.identity.id);
  }

  private troubleHost(deed: Extract<Deed, { do: 'kill' | 'restart' | 'boot-beside' }>): void {
    const { hosts, turns, liveness } = this.world;
    const host = among([...hosts.values()], deed.host)!;
    if (deed.do === 'restart') return void host.restart(deed.options);
    if (deed.do === 'boot-beside') return void host.bootBeside(deed.turns);
    host.kill();
    const rise = async () => {
      for (let count = 0; count < deed.downTurns; count += 1) {
        await turns.next();
        // Its report expires some time after its death.
        if (count === 20) await liveness.withdraw(host.name);
      }
      await host.rise();
    };
    void rise();
  }

  private trouble(deed: Deed): void {
    const { images, log, pools } = this.world;
    if (deed.do === 'image-fails') images.fail(...deed.codes);
    if (deed.do === 'looks-fail') images.failLooks(deed.count);
    if (deed.do === 'log-fails') log.fail(...deed.troubles);
    if (deed.do === 'image-hangs') {
      const { shelf } = images;
      this.hold('images', deed.turns, { begin: () => shelf.hold(), end: () => shelf.release() });
    }
    if (!('pool' in deed)) return;
    const pool = among(pools, deed.pool)!;
    const backend = this.world.backendOf(pool);
    if (deed.do === 'driver-fails') backend.flaky.fail(deed.call, ...deed.codes);
    if (deed.do === 'driver-hangs') {
      const { flaky } = backend;
      const { call } = deed;
      this.hold(`${call} on ${pool}`, deed.turns, { begin: () => flaky.hold(call), end: () => flaky.release(call) });
    }
    if (deed.do === 'corrupt' || deed.do === 'lose' || deed.do === 'grow') this.harm(deed, pool);
  }

  private harm(deed: Extract<Deed, { do: 'corrupt' | 'lose' | 'grow' }>, pool: PoolRef): void {
    const ready = [...this.world.facts.cache(pool).entries.values()].filter(({ status }) => status === 'ready');
    const entry = among(ready, deed.entry);
    if (!entry) return;
    const name = `volume-${entry.imageVolumeId}`;
    const backend = this.world.backendOf(pool);
    const object = backend.memory.objects.get(name);
    const page = object?.pages.get(0);
    if (!object || !page) return;
    if (deed.do === 'grow') {
      backend.memory.objects.set(name, { ...object, sizeGib: object.sizeGib + 1 });
      return;
    }
    if (deed.do === 'lose') {
      backend.lose(name);
      this.lost.add(name);
      return;
    }
    if (this.corrupted.has(name)) return;
    const other = Buffer.from(page);
    other[7]! ^= 1;
    object.pages.set(0, other);
    this.corrupted.add(name);
  }

  private nudge({ host, volume, pool }: Extract<Deed, { do: 'nudge' }>): void {
    const { hosts, pools } = this.world;
    const { name } = among([...hosts.values()], host)!;
    const id = volume === null ? undefined : among(this.volumes, volume)?.id;
    if (id !== undefined) return void this.world.nudge(name, { kind: 'volume', id });
    return void this.world.nudge(name, { kind: 'pool', id: among(pools, pool)! });
  }

  /** What is asked again: a client that gets no answer may find it done. */
  private tellVolume(id: VolumeId, command: VolumeCommand): void {
    const stream = { category: 'volume', id } as const;
    runCommand(this.world.environment, volumeDecider, stream, command).catch((error: unknown) =>
      this.world.words.warn('a request failed', { error }),
    );
  }

  private tellCache(pool: PoolRef, command: ImageCacheCommand): void {
    const stream = { category: 'image-cache', id: pool } as const;
    runCommand(this.world.environment, imageCacheDecider, stream, command).catch((error: unknown) =>
      this.world.words.warn('a request failed', { error }),
    );
  }

  /** What hangs already is left alone. */
  private hold(what: string, turns: number, { begin, end }: { begin(): void; end(): void }): void {
    if (this.hanging.has(what)) return;
    this.hanging.add(what);
    begin();
    const wait = async () => {
      for (let count = 0; count < turns; count += 1) await this.world.turns.next();
      this.hanging.delete(what);
      end();
    };
    void wait();
  }
}
