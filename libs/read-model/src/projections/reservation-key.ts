import type { VolumeEvent } from '@hearth/contracts';

/**
 * Names what room was reserved for, so that the fact that takes the room up takes the reservation away. A new volume or snapshot is
 * named by its id, a transfer that is accepted by the transfer's and the project that accepts it: two may try. The fact takes along what
 * all holders of the key have reserved: it came to one of them, and to the others nothing comes.
 */
export const reservationKey = {
  create: (id: string) => id,
  extend: (volumeId: string, toGib: number) => `${volumeId}:extend:${toGib}`,
  retype: (volumeId: string, volumeTypeId: string) => `${volumeId}:retype:${volumeTypeId}`,
  transfer: (transferId: string, projectId: string) => `${transferId}:transfer:${projectId}`,
} as const;

/** The reservation whose room an event takes up; undefined for an event that takes none. */
export function takenUpBy(volumeId: string, event: VolumeEvent): string | undefined {
  switch (event.type) {
    case 'VolumeRequested':
      return reservationKey.create(volumeId);
    case 'SnapshotRequested':
      return reservationKey.create(event.data.snapshotId);
    case 'VolumeExtensionRequested':
      return reservationKey.extend(volumeId, event.data.toGib);
    case 'VolumeRetyped':
      return reservationKey.retype(volumeId, event.data.volumeType.id);
    case 'VolumeTransferAccepted':
      return reservationKey.transfer(event.data.transferId, event.data.projectId);
    default:
      return undefined;
  }
}
