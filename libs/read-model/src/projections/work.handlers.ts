import type { VolumeEvent } from '@hearth/contracts';
import type { VolumeRow } from '../tables/volumes.table';
import { unchanged, type Handlers } from './projection';
import { attachmentStatusOf } from './volume-label';

type Row = VolumeRow | undefined;
type WorkEvent = Extract<
  VolumeEvent,
  {
    type: `VolumeExten${string}` | `VolumeRevert${string}` | `VolumeUpload${string}` | `VolumeReimage${string}`;
  }
>;

/** What the host does to the whole volume: it says so while it lasts, and what its attachments are afterwards. */
export const workHandlers = {
  VolumeExtensionRequested: (row, { toGib }, { at }) =>
    row && { ...row, status: 'extending', extendingToGib: toGib, updatedAt: at },
  VolumeExtended: (row, { toGib }, { at }) =>
    row && { ...ended(row, at), sizeGib: toGib, extendingToGib: null, failure: null },
  VolumeExtensionFailed: (row, { failure }, { at }) =>
    row && { ...row, status: 'error_extending', extendingToGib: null, failure, updatedAt: at },

  VolumeRevertRequested: (row, _data, { at }) => row && { ...row, status: 'reverting', updatedAt: at },
  VolumeReverted: (row, _data, { at }) => row && { ...ended(row, at), failure: null },
  VolumeRevertFailed: (row, { failure }, { at }) => row && { ...row, status: 'error', failure, updatedAt: at },

  // The volume is what it was, whatever became of the image: a message tells the user.
  VolumeUploadRequested: (row, _data, { at }) => row && { ...row, status: 'uploading', updatedAt: at },
  VolumeUploaded: (row, _data, { at }) => row && ended(row, at),
  VolumeUploadFailed: (row, _data, { at }) => row && ended(row, at),
  VolumeUploadSettled: unchanged,

  VolumeReimageRequested: (row, { image }, { at }) =>
    row && { ...row, status: 'downloading', imageId: image.id, updatedAt: at },
  VolumeReimaged: (row, { imageMetadata, decision }, { at }) =>
    row && { ...ended(row, at), imageMetadata, decision, bootable: true, failure: null },
  VolumeReimageFailed: (row, { failure }, { at }) => row && { ...row, status: 'error', failure, updatedAt: at },
} satisfies Handlers<WorkEvent, Row>;

function ended(row: VolumeRow, at: string): VolumeRow {
  return { ...row, status: attachmentStatusOf(row), updatedAt: at };
}
