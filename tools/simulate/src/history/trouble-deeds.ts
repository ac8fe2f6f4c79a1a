import type { PoolRef } from '@hearth/kernel';
import type { World } from '../world/world';
import { among } from './among';
import type { Deed } from './history';

/** What goes wrong with a backend, the image service or the log, by itself or by somebody's hand. */
export type TroubleDeed = Extract<
  Deed,
  {
    do:
      | 'plant'
      | 'driver-fails'
      | 'driver-hangs'
      | 'image-fails'
      | 'image-hangs'
      | 'looks-fail'
      | 'log-fails'
      | 'corrupt'
      | 'lose'
      | 'grow';
  }
>;

/** Makes trouble, and remembers what nobody may be held to afterwards. */
export class Trouble {
  /** What somebody else did to a copy: no create that used it is held to its bytes. */
  readonly corrupted = new Set<string>();
  /** Objects of others, which nobody here may touch: by pool. */
  readonly foreign = new Set<string>();
  private readonly hanging = new Set<string>();

  constructor(private readonly world: World) {}

  begin(deed: TroubleDeed): void {
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
    if (deed.do === 'plant') this.plant(deed, pool);
    if (deed.do === 'corrupt' || deed.do === 'lose' || deed.do === 'grow') this.harm(deed, pool);
  }

  private plant({ what, pick }: Extract<Deed, { do: 'plant' }>, pool: PoolRef): void {
    const { objects } = this.world.backendOf(pool).memory;
    const gone = [...this.world.facts.remainsOf(pool)].filter((name) => !objects.has(name));
    const name = what === 'remains' ? among(gone, pick) : `volume-${this.world.newId()}`;
    if (name === undefined) return;
    if (what === 'foreign') this.foreign.add(`${pool} ${name}`);
    objects.set(name, { sizeGib: 1, isWhole: true, pages: new Map() });
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
      return;
    }
    if (this.corrupted.has(name)) return;
    const other = Buffer.from(page);
    other[7]! ^= 1;
    object.pages.set(0, other);
    this.corrupted.add(name);
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
