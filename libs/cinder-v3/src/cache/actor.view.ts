import type { Actor } from '@hearth/contracts';

/** Who did it: a user by a request, or a policy that runs by itself. */
export function actorView(actor: Actor) {
  if ('policyId' in actor) return { policy_id: actor.policyId };
  return { user_id: actor.userId, project_id: actor.projectId, request_id: actor.requestId };
}
