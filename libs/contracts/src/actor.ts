import { z } from 'zod';
import { projectIdField, userIdField } from './fields';

/** Who did it: a user by a request, or a policy that runs by itself. */
export const actorSchema = z.union([
  z.object({ userId: userIdField, projectId: projectIdField, requestId: z.string().nullable() }),
  z.object({ policyId: z.uuid() }),
]);

export type Actor = Readonly<z.infer<typeof actorSchema>>;
