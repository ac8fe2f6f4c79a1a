/** Where a service is. */
export interface ServiceEndpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly host: string;
}

/** What no endpoint has, though a URL may: a user, a query, a fragment; and what a parser of URLs passes over. */
const foreign = /[@?#\\\s]/;
/** A text of these characters only is none that a secret could be hidden in by mistake. */
const harmless = /^[\w.:/[\]-]*$/;

/**
 * Reads a URL from the configuration. Throws an error that names the service; a text with a user, a query or a fragment in it, which
 * may be secrets, is not repeated.
 */
export function parseServiceEndpoint(text: string, service: string): ServiceEndpoint {
  const url = URL.canParse(text) && !foreign.test(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return { url: url.href.replace(/\/+$/, ''), host: url.host };
  const wanted = 'no URL of the form http(s)://host[:port][/path]';
  if (harmless.test(text)) throw new Error(`the endpoint '${text}' of the ${service} is ${wanted}`);
  throw new Error(`the endpoint of the ${service} is ${wanted}; it is not repeated here, as it may hold a secret`);
}
