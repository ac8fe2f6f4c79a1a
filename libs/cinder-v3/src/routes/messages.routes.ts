import { z } from 'zod';
import { pageParameters, text } from './parameters';
import { defineRoutes } from './route';

const link = z.object({ rel: z.string(), href: z.url() });
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);

const message = z.strictObject({
  id: z.uuid(),
  event_id: z.string(),
  user_message: z.string(),
  message_level: z.string(),
  created_at: time,
  guaranteed_until: time,
  request_id: z.string().nullable(),
  links: z.array(link),
  resource_type: z.string(),
  resource_uuid: z.string(),
});

/** Why what was accepted failed later, in words for users. */
export const messageRoutes = defineRoutes([
  {
    operation: 'messages.list',
    method: 'GET',
    path: '/v3/{project_id}/messages',
    projectOptional: true,
    since: 3,
    summary: 'List the messages of the project, newest first.',
    policy: 'message:get_all',
    parameters: [
      ...pageParameters('Messages'),
      text('resource_uuid', 'Only about this one.'),
      text('resource_type', 'VOLUME or VOLUME_SNAPSHOT.'),
      text('event_id', 'Only of this kind.'),
      text('request_id', 'Only of what this request led to.'),
      text('message_level', 'ERROR.'),
    ],
    success: {
      status: 200,
      schema: z
        .strictObject({ messages: z.array(message), messages_links: z.array(link).optional() })
        .meta({ title: 'Messages' }),
    },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'messages.show',
    method: 'GET',
    path: '/v3/{project_id}/messages/{message_id}',
    projectOptional: true,
    since: 3,
    summary: 'Show a message.',
    policy: 'message:get',
    policyAfterLookup: true,
    success: { status: 200, schema: z.strictObject({ message }).meta({ title: 'Message' }) },
    parity: 'kept',
  },
  {
    operation: 'messages.delete',
    method: 'DELETE',
    path: '/v3/{project_id}/messages/{message_id}',
    projectOptional: true,
    since: 3,
    summary: 'Delete a message.',
    policy: 'message:delete',
    policyAfterLookup: true,
    success: { status: 204 },
    parity: 'kept',
  },
]);
