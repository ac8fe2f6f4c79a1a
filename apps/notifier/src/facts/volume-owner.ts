import type { VolumeEvent } from '@hearth/contracts';

/** What notices say of a volume: so much of its stream as they need, and no more. */
export interface VolumeOwner {
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly sizeGib: number;
  readonly volumeType: string;
  readonly imageId: string | null;
  readonly availabilityZone: string | null;
  readonly pool: string | null;
  /** Its image is being written straight into it. */
  readonly downloading: boolean;
}

/** The same after an event; undefined before the request is known. */
export function evolveOwner(owner: VolumeOwner | undefined, event: VolumeEvent): VolumeOwner | undefined {
  if (event.type === 'VolumeRequested') return owner ?? ownerOf(event.data);
  if (!owner) return undefined;
  switch (event.type) {
    case 'VolumePlaced':
      return { ...owner, pool: event.data.pool, availabilityZone: event.data.availabilityZone };
    case 'VolumeDownloadStarted':
      return { ...owner, downloading: true };
    case 'VolumeRescheduled':
      return { ...owner, pool: null, downloading: false };
    case 'VolumeProvisioned':
      return { ...owner, downloading: false, sizeGib: event.data.sizeGib ?? owner.sizeGib };
    case 'VolumeCreateFailed':
      return { ...owner, downloading: false };
    case 'VolumeUpdated':
      return event.data.name === undefined ? owner : { ...owner, name: event.data.name };
    case 'VolumeExtended':
      return { ...owner, sizeGib: event.data.toGib };
    case 'VolumeRetyped':
      return { ...owner, volumeType: event.data.volumeType.name };
    case 'VolumeTransferAccepted':
      return { ...owner, projectId: event.data.projectId, userId: event.data.userId };
    default:
      return owner;
  }
}

export function ownerOf(request: Extract<VolumeEvent, { type: 'VolumeRequested' }>['data']): VolumeOwner {
  const { projectId, userId, name, sizeGib, volumeType, image, availabilityZone } = request;
  return {
    projectId,
    userId,
    name,
    sizeGib,
    volumeType: volumeType.name,
    imageId: image?.id ?? null,
    availabilityZone,
    pool: null,
    downloading: false,
  };
}
