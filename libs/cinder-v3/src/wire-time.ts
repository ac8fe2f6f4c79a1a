const milliseconds = /\.\d{3}Z$/;

/** An instant as Cinder writes it: UTC without a zone, with microseconds. `instant` is ISO 8601. */
export function wireTime(instant: string): string {
  // Rows and facts have this form already; long lists hold hundreds of them.
  const text = milliseconds.test(instant) ? instant : new Date(instant).toISOString();
  return `${text.slice(0, -1)}000`;
}
