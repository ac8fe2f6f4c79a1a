/** Milliseconds since 1970-01-01T00:00:00Z of an instant in ISO 8601; NaN for a text that is none. */
export function instantMs(instant: string): number {
  // eslint-disable-next-line no-restricted-globals -- reads a text, and no clock
  return Date.parse(instant);
}

/** Seconds from one instant to a later one; negative when that is earlier. */
export function secondsBetween(earlier: string, later: string): number {
  return (instantMs(later) - instantMs(earlier)) / 1_000;
}
