import type { Actor, CachePolicyEvent, RefusalCode } from '@hearth/contracts';
import { type Decider, type Decision, assertNever, refuse } from '@hearth/kernel';
import { sameJson } from '../volume/same-json';
import { type CachePolicyDefinition, problemOf } from './policy-definition';

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
  const wrong = problemOf(definition);
  if (wrong) return refuse('cache-policy.invalid', { ...wrong });
  if (policy.status === 'defined' && sameJson(policy.definition, definition)) return [];
  return [{ type: 'defined', data: { ...definition, pools: [...definition.pools], by, at } }];
}
