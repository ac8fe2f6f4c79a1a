import type { CliContext } from '../context';
import type { Prefetch } from './answers';

const pauseMinMs = 100;
const pauseMaxMs = 2_000;
const isOpen = ({ status }: Prefetch) => status === 'queued' || status === 'running';

/**
 * The prefetches once all have ended, or as they are when the time is up; the bar counts percent of all. Throws `CliError`.
 */
export async function awaitPrefetches(
  context: CliContext,
  asked: readonly Prefetch[],
  timeoutSeconds: number | undefined,
): Promise<readonly Prefetch[]> {
  const { world, client } = context;
  const endMs = timeoutSeconds === undefined ? Infinity : world.now() + timeoutSeconds * 1_000;
  const bar = context.progress('percent of all');
  let now = asked;
  try {
    for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(pauseMs * 1.5, pauseMaxMs)) {
      const open = now.filter(isOpen);
      bar.show(doneOf(now), now.length * 100, open.length === 0 ? 'done' : `${open.length} to go`);
      if (open.length === 0 || world.now() >= endMs) return now;
      await world.pause(pauseMs);
      const looked = new Map<string, Prefetch>();
      for (const { id } of open) {
        const { prefetch } = await client.ask<{ prefetch: Prefetch }>(`/v3/cache/prefetches/${id}`);
        looked.set(id!, prefetch);
      }
      now = now.map((one) => (one.id === null ? one : (looked.get(one.id) ?? one)));
    }
  } finally {
    bar.end();
  }
}

const doneOf = (prefetches: readonly Prefetch[]) =>
  prefetches.reduce((sum, one) => sum + (isOpen(one) ? (one.progress?.percent ?? 0) : 100), 0);

/** The image is in the cache. */
export const isCached = ({ status }: Prefetch) => status === 'cached' || status === 'existing';

/** Neither there nor on its way. */
export const isLost = (prefetch: Prefetch) => !isCached(prefetch) && !isOpen(prefetch);
