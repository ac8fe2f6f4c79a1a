/** As `JSON.stringify` spells NUL and halves of surrogate pairs; a backslash that is itself spelled `\\` begins nothing. */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/**
 * A value as JSON that PostgreSQL takes. Its texts hold every character but NUL and halves of surrogate pairs, which stand as U+FFFD
 * then: a fact is in the log for good, and one that could not be written would hold up all after it.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(unstorable, '$1\\ufffd');
}
