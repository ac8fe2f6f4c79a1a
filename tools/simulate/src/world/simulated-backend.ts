import { DriverError, type ImageCloneCapable, type ObjectRef } from '@hearth/driver-api';
import type { AbleDriver } from '../../../../apps/volume-manager/src/testing/able-driver';
import { FlakyDriver } from '../../../../apps/volume-manager/src/testing/flaky-driver';
import { MemoryBackend } from '../../../../apps/volume-manager/src/testing/memory.backend';
import type { ImagePlaces } from './image-places';
import type { SimulatedProcess } from './simulated-process';

export interface BackendRules {
  /** Clones that one object bears; 0 is any number. */
  readonly cloneLimit: number;
  /** What has clones cannot be removed before them. */
  readonly refusesRemoval: boolean;
  /** It says so before anybody finds out. */
  readonly declaresLimit?: boolean;
  /** It can share the storage of images that lie beside it. */
  readonly sharesFiles?: boolean;
}

/** A storage backend with its own ideas about clones, whose calls fail or hang as it is told. */
export class SimulatedBackend {
  readonly memory = new MemoryBackend();
  readonly flaky = new FlakyDriver();
  /** Clones by their source. */
  private readonly clones = new Map<string, Set<string>>();

  constructor(
    readonly rules: BackendRules,
    private readonly places: ImagePlaces,
    private readonly onRemoval: (name: string) => void,
  ) {}

  /** What a process sees of it. */
  open(process: SimulatedProcess): AbleDriver | (AbleDriver & ImageCloneCapable) {
    const ruled = this.ruled(this.memory.open(), process);
    const driver = process.driver(this.flaky.wrap(ruled));
    return this.rules.sharesFiles ? Object.assign(driver, this.sharing(ruled, process)) : driver;
  }

  hasClones(name: string): boolean {
    return (this.clones.get(name)?.size ?? 0) > 0;
  }

  /** Somebody else removes an object. */
  lose(name: string): void {
    this.memory.objects.delete(name);
    this.forget(name);
  }

  /** What makes a clone fail or hang does so here too. */
  private sharing(driver: AbleDriver, process: SimulatedProcess): ImageCloneCapable {
    const share = async (bytes: Buffer, target: ObjectRef, sizeGib: number) => {
      const clone = async () => {
        const there = this.memory.objects.get(target.name);
        if (there?.isWhole && there.sizeGib === sizeGib) return 'shared';
        const writer = await driver.openWriter(target, sizeGib);
        await writer.write(0, bytes);
        await writer.finish();
        return 'shared';
      };
      const { clone: troubled } = this.flaky.wrap(Object.assign(Object.create(driver) as AbleDriver, { clone }));
      return process.around(() => troubled(target, target, sizeGib));
    };
    return {
      openImage: (place) => process.around(async () => this.places.openImage(place, share, () => process.isDead)),
    };
  }

  private ruled(driver: AbleDriver, process: SimulatedProcess): AbleDriver {
    const { cloneLimit, refusesRemoval, declaresLimit } = this.rules;
    const declared = declaresLimit && cloneLimit > 0 ? { clonesOfOneMax: cloneLimit } : {};
    // A class's own methods are not its own properties.
    return Object.assign(Object.create(driver) as AbleDriver, {
      capabilities: { ...driver.capabilities, ...declared },
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
