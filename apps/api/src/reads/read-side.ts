import type {
  CacheEntryFilters,
  CacheEntrySortField,
  CacheEntryView,
  CachePoolView,
  NeededFill,
  Page,
  PageOptions,
  QosSpecsRow,
  QuotaExceeded,
  QuotaRequest,
  SnapshotRow,
  VolumeExplanation,
  VolumeListOptions,
  VolumePage,
  VolumeRow,
  VolumeSummary,
  VolumeSummaryOptions,
  VolumeTypeRow,
} from '@hearth/read-model';

/** The rows that answers are made from. Every method throws `ReadModelUnavailableError` when they cannot be reached. */
export interface ReadSide {
  /** Undefined for a deleted volume too. */
  findVolume(id: string): Promise<VolumeRow | undefined>;
  /** Throws `MarkerNotFoundError`. */
  listVolumes(options: VolumeListOptions): Promise<VolumePage>;
  /** A deleted volume can be explained; undefined when there never was one. */
  explainVolume(id: string): Promise<VolumeExplanation | undefined>;
  findSnapshot(id: string): Promise<SnapshotRow | undefined>;
  summarizeVolumes(options: VolumeSummaryOptions): Promise<VolumeSummary>;
  /** With a project: only if that may use the type. */
  findVolumeType(nameOrId: string, projectId?: string): Promise<VolumeTypeRow | undefined>;
  /** The project's own default, else the one of this name; undefined when an operator has removed it. */
  findDefaultType(name: string, projectId: string): Promise<VolumeTypeRow | undefined>;
  findQosSpecsOfType(volumeTypeId: string): Promise<QosSpecsRow | undefined>;
  /** Throws `MarkerNotFoundError`. */
  listCacheEntries(
    options: PageOptions<CacheEntrySortField> & { readonly filters?: CacheEntryFilters },
  ): Promise<Page<CacheEntryView>>;
  listCachePools(): Promise<readonly CachePoolView[]>;
  /** The fills that these volumes need, running or ended. */
  listNeededFills(volumeIds: readonly string[]): Promise<readonly NeededFill[]>;
}

/** Room in a project. Both throw `ReadModelUnavailableError`. */
export interface Quota {
  /** Asking again under the same key and holder is harmless. */
  reserve(request: QuotaRequest): Promise<'reserved' | QuotaExceeded>;
  /** Gives back what a holder did not use; harmless when there is nothing. */
  release(key: string, holder?: string): Promise<void>;
}
