import { outcomes } from '@hearth/contracts';
import type { PoolRef } from '@hearth/kernel';
import type { PlayedCreate } from '../play/play-pool';

/** What the day was, and volumes to ask `hearth cache explain` about: one of each outcome. */
export function summaryLines(
  creates: readonly PlayedCreate[],
  { pool, startMs, endMs }: { readonly pool: PoolRef; readonly startMs: number; readonly endMs: number },
): string[] {
  const instant = (atMs: number) => new Date(atMs).toISOString();
  const lines = [`${creates.length} creates in ${pool} from ${instant(startMs)} to ${instant(endMs)}`];
  for (const outcome of outcomes) {
    const of = creates.filter(({ decision }) => decision.outcome === outcome);
    const example = of.at(-1);
    if (example) lines.push(`  ${outcome.padEnd(6)} ${String(of.length).padStart(6)}   such as ${example.volumeId}`);
  }
  return lines;
}
