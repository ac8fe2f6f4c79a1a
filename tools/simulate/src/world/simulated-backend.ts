import { DriverError } from '@hearth/driver-api';
import type { AbleDriver } from '../../../../apps/volume-manager/src/testing/able-driver';
import { FlakyDriver } from '../../../../apps/volume-manager/src/testing/flaky-driver';
import { MemoryBackend } from '../../../../apps/volume-manager/src/testing/memory.backend';
import type { SimulatedProcess } from './simulated-process';

export interface BackendRules {
  /** Clones that one object bears; 0 is any number. */
  readonly cloneLimit: number;
  /** What has clones cannot be removed before them. */
  readonly refusesRemoval: boolean;
}

/** A storage backend with its own ideas about clones, whose calls fail or hang as it is told. */
export class SimulatedBackend {
  readonly memory = new MemoryBackend();
  readonly flaky = new FlakyDriver();
  /** Clones by their source. */
  private readonly clones = new Map<string, Set<string>>();

  constructor(
    readonly rules: BackendRules,
    private readonly onRemoval: (name: string) => void,
  ) {}

  /** What a process sees of it. */
  open(process: SimulatedProcess): AbleDriver {
    return process.driver(this.flaky.wrap(this.ruled(this.memory.open(), process)));
  }

  hasClones(name: string): boolean {
    return (this.clones.get(name)?.size ?? 0) > 0;
  }

  /** Somebody else removes an object. */
  lose(name: string): void {
    this.memory.objects.delete(name);
    this.forget(name);
  }

  private ruled(driver: AbleDriver, process: SimulatedProcess): AbleDriver {
    const { cloneLimit, refusesRemoval } = this.rules;
    // A class's own methods are not its own properties.
    return Object.assign(Object.create(driver) as AbleDriver, {
      capabilities: driver.capabilities,
      // What hung while its process died is not done any more.
      openWriter: async (...args: Parameters<AbleDriver['openWriter']>) => {
        process.step();
        return driver.openWriter(...args);
      },
      createBlank: async (...args: Parameters<AbleDriver['createBlank']>) => {
        process.step();
        return driver.createBlank(...args);
      },
      clone: async (...[source, target, sizeGib]: Parameters<AbleDriver['clone']>) => {
        process.step();
        const made = this.clones.get(source.name) ?? new Set();
        if (cloneLimit > 0 && made.size >= cloneLimit && !made.has(target.name)) {
          throw new DriverError('clone-limit', `${source.name} bears no more clones`, { object: source.name });
        }
        const method = await driver.clone(source, target, sizeGib);
        this.clones.set(source.name, made.add(target.name));
        return method;
      },
      remove: async (object: Parameters<AbleDriver['remove']>[0]) => {
        process.step();
        const { name } = object;
        if (refusesRemoval && this.hasClones(name)) {
          throw new DriverError('has-dependants', `${name} has clones`, { object: name });
        }
        if (this.memory.objects.has(name)) this.onRemoval(name);
        await driver.remove(object);
        this.forget(name);
      },
    });
  }

  private forget(name: string): void {
    for (const [source, made] of this.clones) {
      made.delete(name);
      if (made.size === 0) this.clones.delete(source);
    }
  }
}
