/** An object of a backend that could become a volume, or is one. */
export interface ManageableVolumeFields {
  readonly sourceName: string;
  readonly sizeGib: number;
  /** The volume that it belongs to; null for none. */
  readonly volumeId: string | null;
}

/** The body of `GET /manageable_volumes`, or with `detail` of `GET /manageable_volumes/detail`. */
export function manageableVolumesView(
  objects: readonly ManageableVolumeFields[],
  { detail }: { readonly detail: boolean },
) {
  return {
    'manageable-volumes': objects.map(({ sourceName, sizeGib, volumeId }) => ({
      reference: { 'source-name': sourceName },
      size: sizeGib,
      safe_to_manage: volumeId === null,
      ...(detail && {
        reason_not_safe: volumeId === null ? null : 'already managed',
        cinder_id: volumeId,
        extra_info: null,
      }),
    })),
  };
}
