import { imageCacheDecider } from '@hearth/domain';
import { type CommandEnvironment, runCommand, wasRefused } from '@hearth/event-sourcing';
import { type Generation, type PoolRef, parsePoolRef } from '@hearth/kernel';

/** Which copy of which pool. */
export interface CopyName {
  readonly pool: PoolRef;
  readonly generation: Generation;
}

/** What became of a copy: it serves no longer now, it did not before, or the log has no such copy. */
export type Evicted = 'evicted' | 'retired before' | 'unknown';

/** One copy a line, `POOL GENERATION`; empty lines are none. Throws an error that names the first line that is something else. */
export function parseCopies(text: string): readonly CopyName[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [, pool = '', generation] = /^\s*(\S+)\s+([1-9]\d{0,14})\s*$/.exec(line) ?? [];
    if (!generation || !parsePoolRef(pool)) {
      throw new Error(`line ${index + 1} is no 'host@backend#pool GENERATION': ${JSON.stringify(line)}`);
    }
    return { pool: pool as PoolRef, generation: Number(generation) as Generation };
  });
}

/**
 * Takes a copy out of service as one whose bytes are wrong: no create clones it from then on, and its object goes when nobody needs
 * it. Throws `StoreUnavailableError`.
 */
export async function evictCopy(environment: CommandEnvironment, { pool, generation }: CopyName): Promise<Evicted> {
  const command = { do: 'RetireEntry', generation, reason: 'verify-failed' } as const;
  const answer = await runCommand(environment, imageCacheDecider, { category: 'image-cache', id: pool }, command);
  if (wasRefused(answer)) return 'unknown';
  return answer.events.length > 0 ? 'evicted' : 'retired before';
}
