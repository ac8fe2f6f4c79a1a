/** Who asks. `nobody` sends no token or a wrong one. */
export type BearerName = 'member' | 'reader' | 'admin' | 'service' | 'nobody';

/** One request, as it goes over the wire. */
export interface FuzzRequest {
  /** For people: the operation that it was made from. */
  readonly name: string;
  readonly bearer: BearerName;
  readonly method: string;
  /** Path and query, already spelled for the request line. */
  readonly target: string;
  /** In order; names may be there more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  /** Sends its body in small pieces, and may never send all of it. */
  readonly slow: boolean;
  /** A well-formed request of HTTP. A connection on which something else is sent may end without an answer. */
  readonly wellFormed: boolean;
  /** Neither its method nor its path is spoiled: it asks for what its name says, well or badly. */
  readonly isAsNamed: boolean;
}

/** A request as a file keeps it. */
export function storedRequest(request: FuzzRequest): string {
  return JSON.stringify({ ...request, body: request.body?.toString('base64') }, null, 2);
}

/** What `storedRequest` made. Throws a `SyntaxError`. */
export function readStoredRequest(text: string): FuzzRequest {
  const { body, ...rest } = JSON.parse(text) as Omit<FuzzRequest, 'body'> & { readonly body?: string };
  return { ...rest, body: body === undefined ? undefined : Buffer.from(body, 'base64') };
}
