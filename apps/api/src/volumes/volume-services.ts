import type { EventStore, LivenessBoard, ServiceBoard, SnapshotStore } from '@hearth/event-sourcing';
import type { Clock } from '@hearth/kernel';
import type { ImageRecords } from '@hearth/openstack-clients';
import type { Database } from '@hearth/read-model';
import type { CacheAdvisor } from '../cache/advice/cache-advisor';
import type { JanitorPasses } from '../cache/janitor-passes';
import type { HostAnswers } from '../attachments/host-answers';
import type { ImageLookup } from '../images/image-lookup';
import type { FillsInSight } from '../progress/seen-fills';
import type { Quota, ReadSide } from '../reads/read-side';
import type { ManageableObjects } from './manage/manageable-objects';
import type { VolumeKeys } from './volume-keys';

/** What the use cases of volumes need of the world. */
export interface VolumeServices {
  readonly store: EventStore;
  /** Folds of the caches' streams as their hosts keep them: a decision about a cache begins there. */
  readonly snapshots: Pick<SnapshotStore, 'load'>;
  /** The janitor's passes, to be run at once. */
  readonly passes: JanitorPasses;
  readonly advisor: CacheAdvisor;
  /** Rows that need no use case of their own are asked for here, by the functions of the read model. */
  readonly database: Database;
  readonly reads: ReadSide;
  readonly quota: Quota;
  readonly images: ImageLookup;
  /** Images' records are made here, with their caller's rights. */
  readonly imageRecords: ImageRecords;
  /** Keys of encrypted volumes; undefined: there is no key manager, and no encrypted volume. */
  readonly keys: VolumeKeys | undefined;
  readonly fills: FillsInSight;
  /** Which hosts live, and what their pools say of themselves. */
  readonly hosts: Pick<LivenessBoard, 'hosts'>;
  /** Which other apps live. */
  readonly processes: Pick<ServiceBoard, 'services'>;
  /** What hosts make of what clients wait for. */
  readonly hostAnswers: HostAnswers;
  /** Only a service may take a volume from a server that has it (OSSA-2023-003). */
  readonly attachmentDeletesNeedService: boolean;
  /** What lies in pools, as their hosts see it. */
  readonly manageable: ManageableObjects;
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
