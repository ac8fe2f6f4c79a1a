import type { EventStore, LivenessBoard } from '@hearth/event-sourcing';
import type { Clock } from '@hearth/kernel';
import type { Database } from '@hearth/read-model';
import type { ImageLookup } from '../images/image-lookup';
import type { FillsInSight } from '../progress/seen-fills';
import type { Quota, ReadSide } from '../reads/read-side';

/** What the use cases of volumes need of the world. */
export interface VolumeServices {
  readonly store: EventStore;
  /** Rows that need no use case of their own are asked for here, by the functions of the read model. */
  readonly database: Database;
  readonly reads: ReadSide;
  readonly quota: Quota;
  readonly images: ImageLookup;
  readonly fills: FillsInSight;
  /** Which hosts live, and what their pools say of themselves. */
  readonly hosts: Pick<LivenessBoard, 'hosts'>;
  /** Whether a host that was seen has a pool in this zone. */
  readonly isKnownZone: (zone: string) => boolean;
  /** Waits until the rows hold the commit at this position, for a bounded time; true if they do. */
  readonly projected: (sequence: number) => Promise<boolean>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly defaults: { readonly availabilityZone: string; readonly volumeType: string };
}

/** The injector's name for them. */
export const volumeServices = Symbol('VolumeServices');
