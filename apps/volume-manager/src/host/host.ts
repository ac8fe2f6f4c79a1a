import type { CommandEnvironment } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import type { ImageService } from '@hearth/openstack-clients';
import type { Log } from '@hearth/platform';
import type { Pool } from '../pools/pool';
import type { Gate } from './gate';
import type { OneAtATime } from './one-at-a-time';

/** What all work on this host shares. */
export interface Host extends CommandEnvironment {
  readonly name: string;
  /** A new one at each start of the process: it tells a fill of ours from one of a predecessor that died. */
  readonly incarnation: string;
  readonly pools: ReadonlyMap<PoolRef, Pool>;
  readonly images: ImageService;
  readonly scratchDirectory: string;
  readonly fills: Gate;
  readonly clones: Gate;
  /** Work by volume. */
  readonly turns: OneAtATime;
  readonly log: Log;
}

/** Milliseconds that a piece of work took, with its result. */
export async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const start = performance.now();
  const result = await work();
  return { result, ms: Math.round((performance.now() - start) * 1000) / 1000 };
}
