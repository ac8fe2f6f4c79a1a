import type { VolumeEvent } from '@hearth/contracts';
import type { VolumeRow } from '../tables/volumes.table';
import type { FactRows } from './fact-rows';
import { messageOf } from './message.derive';
import { dispatch, occurrenceOf, ofCategory, type Projection } from './projection';
import { applyToSnapshots } from './snapshot.handlers';
import { applyToTransfers } from './transfer.handlers';
import { takenUpBy } from './reservation-key';
import { wantVolumes } from './volume-needs';
import { volumeHandlers } from './volume.handlers';

/** A volume's own stream: one row a volume, one for each of its snapshots and transfers, and the messages that its failures leave. */
export const volumesProjection: Projection = {
  name: 'volumes',
  needs: wantVolumes,
  apply(rows, commit) {
    const ofVolume = ofCategory(commit, 'volume');
    if (!ofVolume) return;
    const occurrence = occurrenceOf(commit);
    const { id } = commit.stream;
    const before = rows.volumes.get({ id });
    let row = before;
    for (const [ordinal, event] of ofVolume.events.entries()) {
      noteTakenUp(rows, id, event);
      // What is gone stays as it was when it went.
      if (row?.deletedAt) continue;
      if (row) {
        const message = messageOf(rows, row, event, { ...occurrence, ordinal });
        if (message) rows.messages.put(message);
        applyToTransfers(rows.transfers, row, event, occurrence);
        applyToSnapshots(rows.snapshots, row, event, occurrence);
      }
      row = dispatch<VolumeEvent, VolumeRow | undefined, VolumeRow | undefined>(volumeHandlers, row, event, occurrence);
    }
    if (row && row !== before) rows.volumes.put(row);
  },
};

function noteTakenUp(rows: FactRows, volumeId: string, event: VolumeEvent): void {
  const key = takenUpBy(volumeId, event);
  if (key !== undefined) rows.noteFulfilled(key);
}
