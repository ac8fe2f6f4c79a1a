/** What a request asks for, as the router reads it. */
export interface RequestTarget {
  /** One spelling for each path: without scheme and host, and no letter of it percent-encoded that need not be. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const origin = /^https?:\/\/[^/?#]*/i;

/**
 * Reads the target of a request, which may name a host (`GET http://host/v3`), encode letters (`/%763`), or go on behind a `#`. Whoever
 * decides by the path has to see the one that the router sees: a path that another spelling leads to is no open door. What cannot be
 * decoded stays as it is; no route has it.
 */
export function readTarget(url: string): RequestTarget {
  const local = url.startsWith('/') ? url : url.replace(origin, '').replace(/^(?!\/)/, '/');
  const [place = ''] = local.split('#', 1);
  const question = place.indexOf('?');
  const path = question < 0 ? place : place.slice(0, question);
  return { path: spelledOut(path), query: new URLSearchParams(question < 0 ? '' : place.slice(question + 1)) };
}

/** Characters that mean something in a path stay encoded, a percent sign too. */
function spelledOut(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path.replaceAll('%25', '%2525'));
  } catch {
    return path;
  }
}
