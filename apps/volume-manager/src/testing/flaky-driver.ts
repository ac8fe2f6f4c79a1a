import { DriverError, type DriverErrorCode } from '@hearth/driver-api';
import type { AbleDriver } from './able-driver';

type Call = Exclude<keyof AbleDriver, 'capabilities' | 'list' | 'listManageable' | 'close'>;
type Args<Name extends Call> = Parameters<AbleDriver[Name]>;

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

  /** No call fails any more that was told to. */
  succeed(): void {
    this.failing.clear();
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

  readonly wrap = (driver: AbleDriver): AbleDriver => ({
    capabilities: driver.capabilities,
    capacity: this.before('capacity', () => driver.capacity()),
    createBlank: this.before('createBlank', (...args: Args<'createBlank'>) => driver.createBlank(...args)),
    remove: this.before('remove', (...args: Args<'remove'>) => driver.remove(...args)),
    extend: this.before('extend', (...args: Args<'extend'>) => driver.extend(...args)),
    describe: this.before('describe', (...args: Args<'describe'>) => driver.describe(...args)),
    list: (pool) => driver.list(pool),
    openWriter: this.before('openWriter', (...args: Args<'openWriter'>) => driver.openWriter(...args)),
    openReader: this.before('openReader', (...args: Args<'openReader'>) => driver.openReader(...args)),
    clone: this.before('clone', (...args: Args<'clone'>) => driver.clone(...args)),
    createSnapshot: this.before('createSnapshot', (...args: Args<'createSnapshot'>) => driver.createSnapshot(...args)),
    removeSnapshot: this.before('removeSnapshot', (...args: Args<'removeSnapshot'>) => driver.removeSnapshot(...args)),
    revertToSnapshot: this.before('revertToSnapshot', (...args: Args<'revertToSnapshot'>) =>
      driver.revertToSnapshot(...args),
    ),
    cloneSnapshot: this.before('cloneSnapshot', (...args: Args<'cloneSnapshot'>) => driver.cloneSnapshot(...args)),
    describeSnapshot: this.before('describeSnapshot', (...args: Args<'describeSnapshot'>) =>
      driver.describeSnapshot(...args),
    ),
    listManageable: (pool) => driver.listManageable(pool),
    adopt: this.before('adopt', (...args: Args<'adopt'>) => driver.adopt(...args)),
    connect: this.before('connect', (...args: Args<'connect'>) => driver.connect(...args)),
    disconnect: this.before('disconnect', (...args: Args<'disconnect'>) => driver.disconnect(...args)),
    close: () => driver.close(),
  });

  private before<Given extends unknown[], Result>(call: Call, work: (...args: Given) => Promise<Result>) {
    let atOnce = 0;
    return async (...args: Given): Promise<Result> => {
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
