import { attachmentDetail, attachmentSummary, parseListAttachments } from '@hearth/cinder-v3';
import { listAttachments } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { findAttachmentRow } from './find-attachment';

/** Throws a fault of 404. */
export async function showAttachment(services: VolumeServices, id: string, call: CallContext) {
  return { attachment: attachmentDetail(await findAttachmentRow(services, id, call)) };
}

/** One page of the attachments that a caller may see. Throws a fault of 400, or `MarkerNotFoundError`. */
export async function readAttachments(
  { database }: VolumeServices,
  call: CallContext,
  { detail }: { readonly detail: boolean },
) {
  const { minor, caller, query } = call;
  const { filters, allTenants, ...asked } = parseListAttachments(query, { minor, isAdmin: caller.isAdmin });
  const project = filters === 'nothing' ? undefined : projectOf(filters.projectId, allTenants, call);
  const { rows } =
    filters === 'nothing' || !project ? { rows: [] } : await listAttachments(database, { ...asked, project, filters });
  return { attachments: rows.map(detail ? attachmentDetail : attachmentSummary) };
}

type AnyOf = string | readonly string[];

/** Whose attachments; undefined when nobody's can match. */
function projectOf(wanted: AnyOf | undefined, allTenants: boolean, { projectId }: CallContext) {
  if (allTenants) return wanted === undefined ? 'all' : { id: wanted };
  const isOwn = wanted === undefined || [wanted].flat().includes(projectId);
  return isOwn ? { id: projectId } : undefined;
}
