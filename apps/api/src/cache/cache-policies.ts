import { type CachePolicyRequest, FaultError, faultOfRefusal, notFound } from '@hearth/cinder-v3';
import { type CachePolicyCommand, cachePolicyDecider, matchesPool } from '@hearth/domain';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import { isUuid, parsePoolRef, type PoolRef } from '@hearth/kernel';
import { type CachePolicyRow, findCachePolicy } from '@hearth/read-model';
import { type CallContext, commitContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { actOf } from './pool-cache';
import { toldOrStored } from './told-or-stored';

/** Throws a fault of 404, also for one that was removed. */
export async function findPolicy({ database }: Pick<VolumeServices, 'database'>, id: string): Promise<CachePolicyRow> {
  const row = isUuid(id) ? await findCachePolicy(database, id.toLowerCase()) : undefined;
  if (!row) throw notFound('Cache policy', id);
  return row;
}

/** Pools whose cache is on: those that policies may be about, as the janitor takes them. */
export async function enabledPools({ reads }: Pick<VolumeServices, 'reads'>): Promise<readonly PoolRef[]> {
  const all = await reads.listCachePools();
  return all.flatMap(({ pool, state }) => (state === 'enabled' && parsePoolRef(pool) ? [pool as PoolRef] : []));
}

/** A policy with those of the pools that it is about. */
export function withMatchedPools(policy: CachePolicyRow, pools: readonly PoolRef[]) {
  const matchedPools = pools.filter((pool) => policy.pools.some((pattern) => matchesPool(pattern, pool)));
  return { ...policy, matchedPools };
}

/** A policy that is there, or the name of one that is to be. */
export type KnownPolicy = Pick<CachePolicyRow, 'id'> & Partial<Pick<CachePolicyRow, 'createdAt'>>;

/** The policy is this from now on; the janitor's next pass goes by it. Throws a fault of 400 or 404. */
export async function definePolicy(
  services: VolumeServices,
  { id, createdAt }: KnownPolicy,
  request: CachePolicyRequest,
  call: CallContext,
): Promise<CachePolicyRow> {
  const definition = { ...request, pools: [...request.pools] };
  const { by, at } = actOf(services, call);
  await decide(services, id, { do: 'DefinePolicy', definition, by, at }, call);
  const row = await toldOrStored(
    () => findCachePolicy(services.database, id),
    () => undefined,
  );
  return row ?? { id, ...definition, definedBy: by, createdAt: createdAt ?? at, updatedAt: at, removedAt: null };
}

/** What it fetched and pinned stays. */
export function removePolicy(services: VolumeServices, id: string, call: CallContext): Promise<void> {
  return decide(services, id, { do: 'RemovePolicy', ...actOf(services, call) }, call);
}

async function decide(
  { store, newId, clock, projected }: VolumeServices,
  id: string,
  command: CachePolicyCommand,
  call: CallContext,
): Promise<void> {
  const environment = { store, newId, now: () => new Date(clock.now()).toISOString() };
  const stream = { category: 'cache-policy', id } as const;
  const answer = await runCommand(environment, cachePolicyDecider, stream, command, commitContext(call));
  if (wasRefused(answer)) throw new FaultError(faultOfRefusal(answer, id));
  await projected(answer.sequence);
}
