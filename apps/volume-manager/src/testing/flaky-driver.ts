import { type CloneCapable, DriverError, type DriverErrorCode, type VolumeDriver } from '@hearth/driver-api';

type Call = Exclude<keyof (VolumeDriver & CloneCapable), 'capabilities' | 'list' | 'close'>;

/** A driver in front of which calls can be made to fail, or to wait, as a test wants. */
export class FlakyDriver {
  private readonly failing = new Map<Call, DriverErrorCode[]>();
  private readonly held = new Map<Call, { readonly wait: Promise<void>; letGo(): void }>();
  /** Calls that arrived, by name. */
  readonly calls: Call[] = [];
  /** Most calls of a name at one time. */
  readonly atOnceMax = new Map<Call, number>();

  /** The next calls of that name fail, one for each code. */
  fail(call: Call, ...codes: DriverErrorCode[]): void {
    this.failing.set(call, [...(this.failing.get(call) ?? []), ...codes]);
  }

  hold(call: Call): void {
    let letGo!: () => void;
    const wait = new Promise<void>((resolve) => (letGo = resolve));
    this.held.set(call, { wait, letGo });
  }

  release(call: Call): void {
    this.held.get(call)?.letGo();
    this.held.delete(call);
  }

  readonly wrap = (driver: VolumeDriver & CloneCapable): VolumeDriver & CloneCapable => ({
    capabilities: driver.capabilities,
    capacity: this.before('capacity', () => driver.capacity()),
    createBlank: this.before('createBlank', (...args: Parameters<VolumeDriver['createBlank']>) =>
      driver.createBlank(...args),
    ),
    remove: this.before('remove', (...args: Parameters<VolumeDriver['remove']>) => driver.remove(...args)),
    extend: this.before('extend', (...args: Parameters<VolumeDriver['extend']>) => driver.extend(...args)),
    describe: this.before('describe', (...args: Parameters<VolumeDriver['describe']>) => driver.describe(...args)),
    list: (pool) => driver.list(pool),
    openWriter: this.before('openWriter', (...args: Parameters<VolumeDriver['openWriter']>) =>
      driver.openWriter(...args),
    ),
    openReader: this.before('openReader', (...args: Parameters<VolumeDriver['openReader']>) =>
      driver.openReader(...args),
    ),
    clone: this.before('clone', (...args: Parameters<CloneCapable['clone']>) => driver.clone(...args)),
    close: () => driver.close(),
  });

  private before<Args extends unknown[], Result>(call: Call, work: (...args: Args) => Promise<Result>) {
    let atOnce = 0;
    return async (...args: Args): Promise<Result> => {
      this.calls.push(call);
      atOnce += 1;
      this.atOnceMax.set(call, Math.max(atOnce, this.atOnceMax.get(call) ?? 0));
      try {
        await this.held.get(call)?.wait;
        const code = this.failing.get(call)?.shift();
        if (code) throw new DriverError(code, `the test wants ${call} to end in ${code}`);
        return await work(...args);
      } finally {
        atOnce -= 1;
      }
    };
  }
}
