/** What a line of the log carries beside its message: ids, counts, an error under `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log as our own classes see it: the message first, what belongs to it second. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The process is about to end because of this. Written before the call returns. */
  fatal(message: string, fields?: LogFields): void;
  /** The same log with fields bound to every line: `{ requestId }`, `{ volumeId }`. */
  child(bindings: LogFields): Log;
}
