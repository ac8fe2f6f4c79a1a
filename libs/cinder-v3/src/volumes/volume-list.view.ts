import { type Link, nextLink } from '../links';
import type { VolumeFields } from './volume.fields';
import { type ViewContext, volumeDetail, volumeSummary } from './volume.view';

/** One page of volumes and what the link to the next needs. */
export interface VolumePageFields {
  readonly volumes: readonly VolumeFields[];
  /** How many the page may hold: a full page may have a next one. */
  readonly limit: number;
  /** All that match, where the request asked for it. */
  readonly count?: number;
  /** The request's path and query as the client sent them. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** The body of `GET /volumes`, or with `detail` of `GET /volumes/detail`. */
export function volumeList(page: VolumePageFields, context: ViewContext, { detail }: { readonly detail: boolean }) {
  const view = detail ? volumeDetail : volumeSummary;
  return {
    volumes: page.volumes.map((volume) => view(volume, context)),
    ...linksOf(page, context),
    ...(page.count !== undefined && { count: page.count }),
  };
}

function linksOf(page: VolumePageFields, { base }: ViewContext): { readonly volumes_links?: readonly Link[] } {
  const last = page.volumes.at(-1);
  if (!last || page.volumes.length < page.limit) return {};
  return { volumes_links: [nextLink(base, page.path, page.query, last.id)] };
}
