import type { AttachmentRow } from '../tables/attachments.table';
import type { VolumeRow } from '../tables/volumes.table';

/** The rows of attachments that follow from a change of their volume: those that are there, and those that are gone. */
export function attachmentChanges(
  before: VolumeRow | undefined,
  after: VolumeRow,
): { readonly put: readonly AttachmentRow[]; readonly removed: readonly string[] } {
  const { id: volumeId, projectId, attachments } = after;
  if (before?.attachments === attachments && before.projectId === projectId) return { put: [], removed: [] };
  const known = before?.projectId === projectId ? before.attachments : [];
  const put = attachments
    .filter((attachment) => !known.includes(attachment))
    .map((attachment) => ({ ...attachment, volumeId, projectId }));
  const removed = (before?.attachments ?? [])
    .map(({ id }) => id)
    .filter((id) => !attachments.some((attachment) => attachment.id === id));
  return { put, removed };
}
