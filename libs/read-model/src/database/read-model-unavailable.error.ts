/** PostgreSQL cannot be reached, or did not answer in time. Nothing is lost: rows come from the log. */
export class ReadModelUnavailableError extends Error {
  constructor(what: string, cause: unknown) {
    super(`the read model is unavailable (${what}): ${reasonOf(cause)}`, { cause });
    this.name = 'ReadModelUnavailableError';
  }
}

/** Classes of SQLSTATE: connection exception, insufficient resources, operator intervention, system error. */
const sqlStates = /^(08|53|57|58)/;
const socketErrors =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ECONNABORTED)$/;
/** What `pg` says without a code. */
const messages = new RegExp(
  [
    'timeout exceeded when trying to connect',
    'connection terminated',
    'query read timeout',
    'client has encountered a connection error',
    'not queryable',
    'client was closed',
    'cannot use a pool after calling end',
  ].join('|'),
  'i',
);

/** True for errors that say "try again later", false for those that say "the statement is wrong". */
export function isUnavailable(error: unknown): boolean {
  const { code, message, errors } = (error ?? {}) as { code?: unknown; message?: unknown; errors?: unknown };
  if (typeof code === 'string' && (sqlStates.test(code) || socketErrors.test(code))) return true;
  // One connection attempt for every address of a host: an AggregateError.
  if (Array.isArray(errors) && errors.some(isUnavailable)) return true;
  return typeof message === 'string' && messages.test(message);
}

function reasonOf(cause: unknown): string {
  const { message, errors } = (cause ?? {}) as { message?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.map(reasonOf).join('; ');
  return typeof message === 'string' ? message : String(cause);
}
