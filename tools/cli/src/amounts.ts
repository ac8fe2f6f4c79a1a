const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people: `16 MiB`, `1.5 GiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 2 ** (10 * power);
  return `${Number(amount.toPrecision(3))} ${units[power]}`;
}

/** How far the copying of an image has come, as the api shows it. */
export interface Progress {
  readonly percent: number;
  readonly bytes_done: number;
  readonly bytes_total: number;
  readonly phase: string;
}

/** `download 42 %, 6.72 MiB of 16 MiB` */
export const progressText = ({ phase, percent, bytes_done, bytes_total }: Progress) =>
  `${phase} ${percent} %, ${bytesText(bytes_done)} of ${bytesText(bytes_total)}`;

/** A limit of which 0 is none. */
export const limitText = (limit: number | null, unit = '') =>
  limit === null ? '?' : limit === 0 ? 'unlimited' : `${limit}${unit}`;

/** An instant to the second, as it is in the log (UTC). */
export const timeText = (instant: string | null) =>
  instant === null ? '-' : instant.replace(/\.\d+/, '').replace('Z', '');

/** Milliseconds by step. */
export function durationsText(durations: Readonly<Record<string, number>>): string {
  const parts = Object.entries(durations).map(([step, ms]) => `${step} ${Number(ms.toPrecision(3))} ms`);
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** A share, 0 to 1, for people: `91.3 %`. */
export const percentText = (ratio: number) => `${Number((100 * ratio).toFixed(1))} %`;
