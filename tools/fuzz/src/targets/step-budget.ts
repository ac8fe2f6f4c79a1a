import type { DecodedRegion } from '@hearth/image-format';
import { require } from '../engine/target';
import { lengthOf } from './disk-map';

/** What one step may hold: the reader puts the last step of one chunk and a full one of the next together. */
const stepMax = { regions: 2048, packedBytes: 16 * 1024 * 1024 };
/** CPU time: so much for any step, and so much more for each byte that was fed and each that is handed out. */
const time = { anyMs: 400, perByteMs: 1e-5 };

type AnyStep = { readonly regions?: readonly DecodedRegion[]; readonly more?: true };

/** Looks at every step a file brings: none holds or takes much more than its bytes and its data account for. */
export class StepBudget {
  private fedBytes = 0;

  feed(bytes: number): void {
    this.fedBytes += bytes;
  }

  /** The step `call` gives, and those that `next` gives as long as there is more. */
  *all<Step extends AnyStep | object>(decoder: { next(): Step }, call: () => Step): Generator<Step> {
    for (let ask = call; ; ask = () => decoder.next()) {
      const before = process.cpuUsage();
      const step = ask();
      const { user, system } = process.cpuUsage(before);
      const { regions = [], more }: AnyStep = step;
      this.judge(regions, (user + system) / 1000);
      yield step;
      if (!more) return;
    }
  }

  private judge(regions: readonly DecodedRegion[], ms: number): void {
    const packedBytes = regions.reduce((sum, region) => sum + ('packed' in region ? region.packed.length : 0), 0);
    require(regions.length <= stepMax.regions, () => `one step holds ${regions.length} regions`);
    require(packedBytes <= stepMax.packedBytes, () => `one step holds ${packedBytes} compressed bytes`);
    const bytes = this.fedBytes + regions.reduce((sum, region) => sum + lengthOf(region), 0);
    require(ms <= time.anyMs + bytes * time.perByteMs, () => `one step takes ${ms} ms for ${bytes} bytes`);
  }
}
