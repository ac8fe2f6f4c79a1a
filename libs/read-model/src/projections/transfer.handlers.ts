import type { VolumeEvent } from '@hearth/contracts';
import type { TransferRow } from '../tables/transfers.table';
import type { VolumeRow } from '../tables/volumes.table';
import type { FactRows } from './fact-rows';
import { dispatch, type Handlers, type Occurrence } from './projection';

type Row = TransferRow | undefined;
type TransferEvent = Extract<VolumeEvent, { type: `VolumeTransfer${string}` }>;
type Target = { readonly volume: VolumeRow; readonly row: Row };

/** Brings what an event means for a volume's transfers into their rows; `volume` is as it was before the event. */
export function applyToTransfers(
  transfers: FactRows['transfers'],
  volume: VolumeRow,
  event: VolumeEvent,
  occurrence: Occurrence,
): void {
  if (isTransferEvent(event)) {
    const row = transfers.get({ id: event.data.transferId });
    const after = dispatch<TransferEvent, Target, Row>(on, { volume, row }, event, occurrence);
    if (after && after !== row) transfers.put(after);
    return;
  }
  const isGone = event.type === 'VolumeDeleted' || event.type === 'VolumeUnmanaged';
  const pending = isGone && volume.transfer ? transfers.get({ id: volume.transfer.id }) : undefined;
  if (pending && !pending.deletedAt) transfers.put({ ...pending, deletedAt: occurrence.at });
}

function isTransferEvent(event: VolumeEvent): event is TransferEvent {
  return event.type.startsWith('VolumeTransfer');
}

const on = {
  VolumeTransferCreated: ({ volume, row }, { transferId: id, name, noSnapshots }, { at }) =>
    row ?? {
      id,
      volumeId: volume.id,
      sourceProjectId: volume.projectId,
      destinationProjectId: null,
      name,
      noSnapshots,
      accepted: false,
      createdAt: at,
      deletedAt: null,
    },
  VolumeTransferAccepted: ({ row }, { projectId }, { at }) =>
    row && { ...row, accepted: true, destinationProjectId: projectId, deletedAt: at },
  VolumeTransferDeleted: ({ row }, _data, { at }) => row && { ...row, deletedAt: at },
} satisfies Handlers<TransferEvent, Target, Row>;
