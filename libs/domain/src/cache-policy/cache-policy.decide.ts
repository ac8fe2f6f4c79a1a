import type { Actor, CachePolicyEvent, RefusalCode } from '@hearth/contracts';
import { type Decider, type Decision, assertNever, refuse } from '@hearth/kernel';
import { sameJson } from '../volume/same-json';

/** What a policy says: which images are to be in which caches. */
export type CachePolicyDefinition = Omit<Extract<CachePolicyEvent, { type: 'defined' }>['data'], 'by' | 'at'>;

/** A policy of what the caches hold. */
export type CachePolicy =
  | { readonly status: 'absent' }
  | {
      readonly status: 'defined';
      readonly definition: CachePolicyDefinition;
      readonly by: Actor;
      /** When it was last defined, ISO 8601. */
      readonly at: string;
    }
  | { readonly status: 'removed' };

export type CachePolicyCommand =
  /** The policy is this from now on: a new one, or one that changes. */
  | {
      readonly do: 'DefinePolicy';
      readonly definition: CachePolicyDefinition;
      readonly by: Actor;
      readonly at: string;
    }
  | { readonly do: 'RemovePolicy'; readonly by: Actor; readonly at: string };

/** All decisions about one policy. What it prefetched and pinned stays when it is removed. */
export const cachePolicyDecider: Decider<CachePolicyCommand, CachePolicy, CachePolicyEvent, RefusalCode> = {
  initialState: { status: 'absent' },
  decide(command, policy) {
    switch (command.do) {
      case 'DefinePolicy':
        return define(command, policy);
      case 'RemovePolicy': {
        if (policy.status === 'absent') return refuse('cache-policy.not_found');
        const { by, at } = command;
        return policy.status === 'removed' ? [] : [{ type: 'removed', data: { by, at } }];
      }
      default:
        return assertNever(command);
    }
  },
  evolve(_policy, event) {
    if (event.type === 'removed') return { status: 'removed' };
    const { by, at, ...definition } = event.data;
    return { status: 'defined', definition, by, at };
  },
  isTerminal: ({ status }) => status === 'removed',
};

function define(
  { definition, by, at }: Extract<CachePolicyCommand, { do: 'DefinePolicy' }>,
  policy: CachePolicy,
): Decision<CachePolicyEvent, RefusalCode> {
  if (policy.status === 'removed') return refuse('cache-policy.not_found');
  const [field, problem] = problemOf(definition) ?? [];
  if (field && problem) return refuse('cache-policy.invalid', { field, problem });
  if (policy.status === 'defined' && sameJson(policy.definition, definition)) return [];
  return [{ type: 'defined', data: { ...definition, pools: [...definition.pools], by, at } }];
}

/** Shortest time from one run to the next, in seconds. */
export const policyEverySecondsMin = 60;

/** What is wrong with a policy, as the field and a sentence's end. */
function problemOf({
  name,
  selector,
  pools,
  keep,
  everySeconds,
}: CachePolicyDefinition): readonly [field: string, problem: string] | undefined {
  if (name.trim() === '' || name.length > 255) return ['name', 'must have 1 to 255 characters'];
  if (pools.length === 0) return ['pools', 'names no pool'];
  const empty = pools.find((pattern) => pattern.trim() === '');
  if (empty !== undefined) return ['pools', 'names a pool without a name'];
  if (keep < 1) return ['keep', 'must be at least 1'];
  if ('imageId' in selector && keep > 1) return ['keep', 'must be 1 where the selector is one image'];
  const isAny = !('imageId' in selector) && !selector.name && Object.keys(selector.properties ?? {}).length === 0;
  if (isAny) return ['selector', 'selects every image: it needs an image id, a name or properties'];
  if (everySeconds < policyEverySecondsMin) return ['everySeconds', `must be at least ${policyEverySecondsMin}`];
  return undefined;
}
