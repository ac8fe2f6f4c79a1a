import type { ImageIdentity } from '@hearth/contracts';
import { type CachePolicy, type CachePolicyDefinition, matchesPool, possibleContentKeys } from '@hearth/domain';
import type { PoolRef } from '@hearth/kernel';

/** A policy that is carried out, and when it was last defined. */
export type DefinedPolicy = Extract<CachePolicy, { status: 'defined' }>;

/** What a policy wants to be in caches: the images by their ids, and what may serve in their place by its content. */
export interface Wanted {
  readonly policyId: string;
  readonly definition: CachePolicyDefinition;
  readonly imageIds: ReadonlySet<string>;
  readonly contents: ReadonlySet<string>;
}

export function wantedOf(
  policyId: string,
  definition: CachePolicyDefinition,
  images: readonly ImageIdentity[],
): Wanted {
  const contents = new Set(images.flatMap(possibleContentKeys));
  return { policyId, definition, imageIds: new Set(images.map(({ id }) => id)), contents };
}

export const isAbout = ({ pools }: CachePolicyDefinition, pool: string): boolean =>
  pools.some((pattern) => matchesPool(pattern, pool as PoolRef));

interface Known {
  readonly definedAt: string;
  readonly wanted: Wanted;
}

/**
 * What the policies select, as each was last told: nothing is let go of that another one keeps. A policy that finds nothing lets go of
 * nothing, so what it found before is still wanted.
 */
export class WantedImages {
  private readonly known = new Map<string, Known>();

  /** Whether it is known for the policy as it is defined now. */
  has(policyId: string, { at }: DefinedPolicy): boolean {
    return this.known.get(policyId)?.definedAt === at;
  }

  found(policyId: string, policy: DefinedPolicy, images: readonly ImageIdentity[]): void {
    if (images.length === 0 && this.has(policyId, policy)) return;
    this.known.set(policyId, { definedAt: policy.at, wanted: wantedOf(policyId, policy.definition, images) });
  }

  /** Only of policies that there are. */
  keepOnly(policies: { get(id: string): CachePolicy | undefined }): void {
    for (const id of [...this.known.keys()]) if (!policies.get(id)) this.known.delete(id);
  }

  /** What the others want that are enabled and about the pool; undefined while that is not known of one of them. */
  ofOthers(
    policies: Iterable<readonly [policyId: string, policy: CachePolicy]>,
    { policyId, pool }: { readonly policyId: string; readonly pool: string },
  ): readonly Wanted[] | undefined {
    const others: Wanted[] = [];
    for (const [id, policy] of policies) {
      if (id === policyId || policy.status !== 'defined') continue;
      if (!policy.definition.enabled || !isAbout(policy.definition, pool)) continue;
      const wanted = this.has(id, policy) ? this.known.get(id)?.wanted : undefined;
      if (!wanted) return undefined;
      others.push(wanted);
    }
    return others;
  }
}
