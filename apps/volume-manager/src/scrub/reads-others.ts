import type { CacheEntry } from '@hearth/domain';
import { poolParts } from '@hearth/kernel';
import type { Host } from '../host/host';
import { type Pool, objectOf } from '../pools/pool';
import { Patience } from '../host/patience';

/** Copies that are tried. */
const triesMax = 3;
const probeBytes = 4096;

interface Doubted {
  readonly pool: Pool;
  readonly entry: CacheEntry;
}

/**
 * Whether the backend of a copy that cannot be read can read anything else: then it is that copy. Another copy is read where there is
 * one, else the pool's directory. Throws the signal's reason.
 */
export async function readsOthers(
  { pools }: Pick<Host, 'pools'>,
  { pool, entry }: Doubted,
  { stallMs, signal }: { readonly stallMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const others = [...pools.values()]
    .filter(({ backend }) => backend === pool.backend)
    .flatMap((each) => [...each.cache.state().entries.values()].map((copy) => ({ pool: each, copy })))
    .filter(({ copy }) => copy.status === 'ready' && copy.imageVolumeId !== entry.imageVolumeId)
    .slice(0, triesMax);
  const probes = others.map(
    ({ pool: of, copy }) =>
      () =>
        readSome(of, copy),
  );
  for (const probe of probes.length > 0 ? probes : [() => readDirectory(pool)]) {
    try {
      await new Patience(stallMs, signal).answer('reading something else', probe);
      return true;
    } catch {
      signal.throwIfAborted();
    }
  }
  return false;
}

/** The first data of a copy. */
async function readSome(pool: Pool, { imageVolumeId }: CacheEntry): Promise<void> {
  const reader = await pool.backend.driver.openReader(objectOf(pool, imageVolumeId));
  try {
    for await (const { offset, length } of reader.extents()) {
      await reader.read(offset, Buffer.alloc(Math.min(length, probeBytes)));
      return;
    }
  } finally {
    await reader.close();
  }
}

async function readDirectory(pool: Pool): Promise<void> {
  for await (const _ of pool.backend.driver.list(poolParts(pool.ref).pool)) return;
}
