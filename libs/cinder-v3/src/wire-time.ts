/** An instant as Cinder writes it: UTC without a zone, with microseconds. `instant` is ISO 8601 with milliseconds in UTC. */
export function wireTime(instant: string): string {
  return new Date(instant).toISOString().replace(/Z$/, '000');
}
