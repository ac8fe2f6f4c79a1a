import type { VolumeEvent } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import type { Promises } from './promises';

/** Sizes of volumes that wait to be placed; beyond this the oldest are forgotten, and their placement by others is not counted. */
const sizesMax = 20_000;

/** Keeps the promises by what the log says, so that every scheduler counts what the others have placed. */
export class PromiseLedger {
  private readonly sizesGib = new Map<VolumeId, number>();

  constructor(private readonly promises: Promises) {}

  /** To be told of every commit about volumes, in order. */
  apply({ stream, events }: Commit<'volume'>): void {
    for (const event of events) this.applyEvent(stream.id as VolumeId, event);
  }

  private applyEvent(id: VolumeId, event: VolumeEvent): void {
    switch (event.type) {
      case 'VolumeRequested':
        return this.remember(id, event.data.sizeGib);
      case 'VolumePlaced': {
        const sizeGib = this.sizesGib.get(id);
        if (sizeGib !== undefined) this.promises.make(id, event.data.pool, sizeGib);
        return;
      }
      case 'VolumeRescheduled':
        return this.promises.drop(id);
      case 'VolumeProvisioned':
        this.promises.keep(id);
        this.sizesGib.delete(id);
        return;
      case 'VolumePlacementFailed':
      case 'VolumeCreateFailed':
      case 'VolumeDeleted':
        this.promises.drop(id);
        this.sizesGib.delete(id);
        return;
      default:
        return;
    }
  }

  private remember(id: VolumeId, sizeGib: number): void {
    this.sizesGib.set(id, sizeGib);
    if (this.sizesGib.size <= sizesMax) return;
    const [oldest] = this.sizesGib.keys();
    if (oldest !== undefined) this.sizesGib.delete(oldest);
  }
}
