/** A status with which a request is refused, and the sentence a client shows. */
export interface Fault {
  readonly status: number;
  readonly message: string;
  /** Sent as Retry-After; 413 and 503 have one. */
  readonly retryAfterSeconds?: number;
}

/** The one key of an error's body, by status; whatever is not here is a `computeFault`, as in Cinder. */
const keys: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

/** What a client receives for a refused request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** What stands before Cinder answers: it speaks no version, and names the request under one header only. */
  readonly isBeforeCinder?: boolean;
}

/** A fault as Cinder sends it: one key with `code` and `message`; where a retry helps, when. */
export function faultAnswer({ status, message, retryAfterSeconds }: Fault): HttpAnswer {
  const key = keys[status] ?? 'computeFault';
  const retryAfter = retryAfterSeconds === undefined ? undefined : String(retryAfterSeconds);
  const body = { [key]: { code: status, message, ...(status === 413 && retryAfter !== undefined && { retryAfter }) } };
  return { status, headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter }, body };
}

/** What Keystone's middleware, which stands before Cinder, answers to a missing or unknown token. */
export function unauthorizedAnswer(identityUri: string): HttpAnswer {
  const message = 'The request you have made requires authentication.';
  return {
    status: 401,
    headers: { 'WWW-Authenticate': `Keystone uri="${identityUri}"` },
    body: { error: { code: 401, title: 'Unauthorized', message } },
    isBeforeCinder: true,
  };
}

/** What Keystone's middleware answers while Keystone cannot be asked; that it says when to come again is ours. */
export const identityAwayAnswer: HttpAnswer = {
  status: 503,
  headers: { 'Retry-After': '1' },
  body: {
    message:
      'The server is currently unavailable. Please try again at a later time.<br /><br />\n' +
      'The Keystone service is temporarily unavailable.\n\n',
    code: '503 Service Unavailable',
    title: 'Service Unavailable',
  },
  isBeforeCinder: true,
};

/** What the router, which stands before the versioned API, answers where there is no route, for unknown methods too. */
export const noRouteAnswer: HttpAnswer = {
  status: 404,
  headers: {},
  body: { message: 'The resource could not be found.<br /><br />\n\n\n', code: '404 Not Found', title: 'Not Found' },
  isBeforeCinder: true,
};

/** Thrown where a request cannot be served; the edge turns it into its answer. */
export class FaultError extends Error {
  constructor(
    readonly fault: Fault,
    options?: ErrorOptions,
  ) {
    super(fault.message, options);
    this.name = 'FaultError';
  }
}

export const badRequest = (message: string) => new FaultError({ status: 400, message });
export const invalidInput = (reason: string) => badRequest(`Invalid input received: ${reason}`);
export const forbidden = (action: string) =>
  new FaultError({ status: 403, message: `Policy doesn't allow ${action} to be performed.` });
export const notFound = (what: string, id: string) =>
  new FaultError({ status: 404, message: `${what} ${id} could not be found.` });
/** An attachment that is not there, in Cinder's words. */
export const attachmentNotFound = (id: string) =>
  new FaultError({
    status: 404,
    message: `Volume attachment could not be found with filter: attachment_id = ${id}.`,
  });
export const conflict = (message: string) => new FaultError({ status: 409, message });

/** What is away comes back; nothing was lost. */
export const unavailable = (message: string, options?: ErrorOptions) =>
  new FaultError({ status: 503, message, retryAfterSeconds: 1 }, options);
