import { type Link, nextLink, resourceLinks } from '../links';
import type { ViewContext } from '../volumes/volume.view';
import { wireTime } from '../wire-time';

/** An offer of a volume to another project. */
export interface TransferFields {
  readonly id: string;
  readonly volumeId: string;
  readonly sourceProjectId: string;
  /** Null before it is accepted. */
  readonly destinationProjectId: string | null;
  readonly name: string | null;
  readonly noSnapshots: boolean;
  readonly accepted: boolean;
  readonly createdAt: string;
}

/** As lists show it, and the answer to who accepts. */
export function transferSummary({ id, volumeId, name }: TransferFields, context: ViewContext) {
  return { id, volume_id: volumeId, name, links: linksOf(id, context) };
}

/** As `GET /volume-transfers/{id}` and lists in detail show it. */
export function transferDetail(transfer: TransferFields, context: ViewContext) {
  const { id, createdAt, name, volumeId } = transfer;
  return {
    id,
    created_at: wireTime(createdAt),
    name,
    volume_id: volumeId,
    links: linksOf(id, context),
    ...laterFields(transfer, context),
  };
}

/** As the answer to its creation shows it: the only time that the key is told. */
export function createdTransfer(transfer: TransferFields, authKey: string, context: ViewContext) {
  const { id, createdAt, name, volumeId } = transfer;
  return {
    id,
    created_at: wireTime(createdAt),
    name,
    volume_id: volumeId,
    auth_key: authKey,
    links: linksOf(id, context),
    ...laterFields(transfer, context),
  };
}

function laterFields(transfer: TransferFields, { minor }: ViewContext) {
  const { noSnapshots, sourceProjectId, destinationProjectId, accepted } = transfer;
  return {
    ...(minor >= 55 && { no_snapshots: noSnapshots }),
    ...(minor >= 57 && {
      destination_project_id: destinationProjectId,
      accepted,
      source_project_id: sourceProjectId,
    }),
  };
}

/** One page of transfers. */
export interface TransferPageFields {
  readonly transfers: readonly TransferFields[];
  readonly limit: number;
  readonly path: string;
  readonly query: URLSearchParams;
}

export function transferList(page: TransferPageFields, context: ViewContext, { detail }: { readonly detail: boolean }) {
  const view = detail ? transferDetail : transferSummary;
  const last = page.transfers.at(-1);
  const isFull = last !== undefined && page.transfers.length >= page.limit;
  return {
    transfers: page.transfers.map((transfer) => view(transfer, context)),
    ...(isFull && { transfers_links: [nextLink(context.base, page.path, page.query, last.id)] }),
  };
}

/** Under its older name in every version, as in Cinder. */
const linksOf = (id: string, { base, projectId }: ViewContext): readonly Link[] =>
  resourceLinks(base, projectId, 'os-volume-transfer', id);
