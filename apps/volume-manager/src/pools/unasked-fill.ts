import type { ImageIdentity, RefusalCode } from '@hearth/contracts';
import { type CacheEntry, type FillRequest, givenUpBy, servingEntry } from '@hearth/domain';
import { wasRefused } from '@hearth/event-sourcing';
import { type VolumeId, gibToBytes } from '@hearth/kernel';
import type { Backend } from '../backends/backend';
import type { Host } from '../host/host';
import { withinInternalQuota } from '../host/internal-quota';
import { untilStored } from '../host/until-stored';
import { type Pool, limitsOf } from './pool';
import { runFill } from './run-fill';

/** What is to be filled though no create asks for it. */
export interface UnaskedFill {
  readonly image: ImageIdentity;
  /** See `contentKey`. */
  readonly content: string;
  /** GiB to reserve. */
  readonly sizeGib: number;
  readonly prefetchId?: string;
}

interface Beginning {
  readonly internalTenant: NonNullable<Backend['internalTenant']>;
  readonly signal: AbortSignal;
}

/**
 * The entry that is ours to fill; undefined where somebody else has one or a fill of it by now; why not, where it may not be. A fill that
 * was begun without an answer is ours all the same, and nobody else's to do: it is asked for until there is one.
 */
export function beginUnaskedFill(
  host: Host,
  pool: Pool,
  wanted: UnaskedFill,
  { internalTenant, signal }: Beginning,
): Promise<CacheEntry | RefusalCode | 'internal-quota' | undefined> {
  return withinInternalQuota(host, pool, { ...internalTenant, signal }, async (hasQuota) => {
    if (servingEntry(pool.cache.state(), wanted.content)) return undefined;
    const command = { do: 'BeginFill', ...fillRequestOf(host, pool, wanted, internalTenant) } as const;
    if (!(await hasQuota(wanted.sizeGib, givenUpBy(command, pool.cache.state())))) return 'internal-quota';
    const answer = await untilStored(signal, () => pool.cache.submit(command));
    if (wasRefused(answer)) return answer.refused;
    const entry = servingEntry(answer.state, wanted.content);
    return entry?.imageVolumeId === command.imageVolumeId ? entry : undefined;
  });
}

function fillRequestOf(
  host: Host,
  pool: Pool,
  wanted: UnaskedFill,
  internalTenant: Beginning['internalTenant'],
): UnaskedFill & FillRequest {
  return {
    ...wanted,
    imageVolumeId: host.newId() as VolumeId,
    limits: limitsOf(pool),
    filler: { host: host.name, incarnation: host.incarnation },
    internalProjectId: internalTenant.projectId,
    internalUserId: internalTenant.userId,
    at: host.now(),
  };
}

/** Nobody takes up a fill whose process lives: one that ends without an outcome is given up, for those who have joined it. */
export async function runUnaskedFill(host: Host, pool: Pool, entry: CacheEntry, signal: AbortSignal): Promise<void> {
  const { image, generation, sizeGib } = entry;
  const virtualSizeBytesMax = Math.max(gibToBytes(sizeGib), image.virtualSizeBytes ?? 0);
  try {
    await runFill({ host, pool, image, volumeId: null, context: {}, virtualSizeBytesMax, signal }, entry);
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = { code: 'image.copy_failed', reason: 'The image could not be copied.' } as const;
    await untilStored(signal, () =>
      pool.cache.submit({ do: 'FailFill', generation, failure, transient: true, at: host.now() }),
    );
    throw error;
  }
}
