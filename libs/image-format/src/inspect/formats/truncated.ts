import type { FailedCheck } from '../failed-check';

/** What the file says it has, and where that ends, in bytes of the file. */
interface Part {
  readonly name: string;
  readonly until: number;
}

/** `incomplete`, where the part that ends last lies behind the file's end. */
export function checkWithin(sizeBytes: number, ...parts: readonly Part[]): FailedCheck[] {
  const last = parts.reduce((a, b) => (b.until > a.until ? b : a));
  if (last.until <= sizeBytes) return [];
  const detail = `the file ends after ${sizeBytes} bytes; its ${last.name} needs ${last.until}`;
  return [{ check: 'incomplete', detail }];
}
