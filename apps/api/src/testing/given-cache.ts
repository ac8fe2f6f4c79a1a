import type { CacheSettings, ImageIdentity } from '@hearth/contracts';
import { imageCacheDecider, type ImageCacheCommand, serviceDecider } from '@hearth/domain';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { Generation, PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { poolParts } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import type { DatabaseApi } from './database-api';
import { imageIdentity } from './fakes';

const at = () => new Date().toISOString();
const environmentOf = ({ store }: DatabaseApi) => ({ store, newId: randomUUID, now: at });

/** Carries out commands about a pool's cache as its host would, and waits until the rows tell of it. Throws on a refusal. */
export async function decideForCache(house: DatabaseApi, pool: string, ...commands: readonly ImageCacheCommand[]) {
  for (const command of commands) {
    const stream = { category: 'image-cache', id: pool } as const;
    const answer = await runCommand(environmentOf(house), imageCacheDecider, stream, command);
    if (wasRefused(answer)) throw new Error(`${command.do}: ${answer.refused} ${JSON.stringify(answer.data)}`);
  }
  await house.caughtUp();
}

/** The cache of a pool, switched on; what is not said has its default. */
export async function givenCache(house: DatabaseApi, pool: PoolRef, settings: Partial<CacheSettings> = {}) {
  const { host, backend } = poolParts(pool);
  const service = `${host}@${backend}`;
  const cache = { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0, ...settings } as const;
  const command = { do: 'ReportCacheSettings', service, pools: [pool], cache } as const;
  await runCommand(environmentOf(house), serviceDecider, { category: 'service', id: service }, command);
  await house.caughtUp();
}

export interface GivenEntry {
  /** Its image-volume. */
  readonly id: string;
  readonly pool: PoolRef;
  readonly generation: Generation;
  readonly image: ImageIdentity;
}

interface EntryOptions {
  readonly image?: Partial<ImageIdentity>;
  readonly sizeGib?: number;
  /** False: its fill still runs. */
  readonly ready?: boolean;
}

/** An entry for an image, filled by nobody's create. */
export async function givenEntry(
  house: DatabaseApi,
  pool: PoolRef,
  { image: known, sizeGib = 1, ready = true }: EntryOptions = {},
): Promise<GivenEntry> {
  const image = imageIdentity({ id: randomUUID(), ...known });
  const imageVolumeId = randomUUID() as VolumeId;
  const stream = { category: 'image-cache', id: pool } as const;
  const begun = await runCommand(environmentOf(house), imageCacheDecider, stream, {
    ...{ do: 'BeginFill', image, content: `content-of-${image.id}`, sizeGib, imageVolumeId, at: at() },
    limits: { maxSizeGib: 0, maxCount: 0 },
    filler: { host: poolParts(pool).host, incarnation: 'one' },
    ...{ internalProjectId: 'internal' as ProjectId, internalUserId: 'cache' as UserId },
  });
  if (wasRefused(begun)) throw new Error(`BeginFill: ${begun.refused}`);
  const generation = begun.state.generations as Generation;
  const moved = { bytesDownloaded: 1_000, bytesWritten: 900, durationsMs: { fill: 2_000 } };
  const evidence = { digest: 'sha512:00', verifiedBy: 'os_hash', contentDigest: 'sha256-1m:00' } as const;
  if (ready) {
    const created = { generation, ...evidence, ...moved, at: at() };
    await decideForCache(house, pool, { do: 'CompleteFill', created });
  }
  await house.caughtUp();
  return { id: imageVolumeId, pool, generation, image };
}
