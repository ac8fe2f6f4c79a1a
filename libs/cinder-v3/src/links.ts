export interface Link {
  readonly rel: string;
  readonly href: string;
}

/** The links of a resource: with the version in its path, and without. `base` is the public endpoint, no slash at its end. */
export function resourceLinks(base: string, projectId: string, collection: string, id: string): readonly Link[] {
  const path = `${encodeURIComponent(projectId)}/${collection}/${encodeURIComponent(id)}`;
  return [
    { rel: 'self', href: `${base}/v3/${path}` },
    { rel: 'bookmark', href: `${base}/${path}` },
  ];
}

/** The link to the page after this one: the request's own path and query with the marker moved. */
export function nextLink(base: string, path: string, query: URLSearchParams, marker: string): Link {
  const next = new URLSearchParams(query);
  next.set('marker', marker);
  return { rel: 'next', href: `${base}${path}?${next.toString()}` };
}
