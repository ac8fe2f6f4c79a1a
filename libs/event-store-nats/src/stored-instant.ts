/**
 * When JetStream stored a message, as ISO 8601 in UTC with milliseconds. It is said in two ways, to the nanosecond; what is finer than a
 * millisecond is cut off in both, so that all ways of reading a message tell the same instant.
 */
export function instantOfNanos(sinceEpoch: string): string {
  return new Date(Number(sinceEpoch.slice(0, -6))).toISOString();
}

/** The same of a time as RFC 3339, of which JetStream leaves out zeros at the end. Throws `RangeError` for anything else. */
export function instantOfTime(rfc3339: string): string {
  return new Date(rfc3339.replace(/(\.\d{3})\d+/, '$1')).toISOString();
}
