// The one place where it is decided who may do what. The rules are a table: `policies` in the wire's library.
import { allows, forbidden, policies, type Policy } from '@hearth/cinder-v3';
import type { Caller } from './caller';

/** Throws a fault of 403 that names the policy, unless its rule lets the caller do it in its own project. */
export function authorise(caller: Caller, policy: Policy): void {
  if (!allows(policies[policy], caller)) throw forbidden(policy);
}
