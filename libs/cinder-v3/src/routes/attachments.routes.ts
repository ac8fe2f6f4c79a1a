import { z } from 'zod';
import { createAttachmentSchema, updateAttachmentSchema } from '../attachments/attachment.requests';
import { bareActionSchema } from '../volumes/actions/action.schema';
import { allTenants, pageParameters, text } from './parameters';
import { defineRoutes } from './route';

const summary = z.strictObject({
  id: z.uuid(),
  status: z.string(),
  instance: z.string().nullable(),
  volume_id: z.uuid(),
});
const instantOrEmpty = z.string().regex(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})?$/);
const detail = summary.extend({
  attached_at: instantOrEmpty,
  detached_at: z.literal(''),
  attach_mode: z.enum(['rw', 'ro', 'null']),
  connection_info: z
    .looseObject({ driver_volume_type: z.string().optional(), attachment_id: z.uuid().optional() })
    .describe('How the volume is reached, as its driver says; empty while it is not connected.'),
});

const attachmentAnswer = z.strictObject({ attachment: detail }).meta({ title: 'Attachment' });
const attachmentsAnswer = z.strictObject({ attachments: z.array(summary) }).meta({ title: 'Attachments' });

const listParameters = [
  ...pageParameters('Attachments'),
  allTenants,
  text('volume_id', 'Only of this volume.'),
  text('instance_id', 'Only of this server.'),
  text('status', 'Only with this status.'),
  text('attach_status', 'The same.'),
];

const ofAttachment = '/v3/{project_id}/attachments/{attachment_id}';
const since = 27;

/** Attachments of volumes: reserved, connected, completed; the way of compute services since 3.27. */
export const attachmentRoutes = defineRoutes([
  {
    operation: 'attachments.list',
    method: 'GET',
    path: '/v3/{project_id}/attachments',
    projectOptional: true,
    since,
    summary: 'List attachments.',
    policy: 'hearth:attachment:get_all',
    parameters: listParameters,
    success: { status: 200, schema: attachmentsAnswer },
    refusals: [400],
    parity: { different: 'A status is heard; in Cinder it matches nothing.' },
  },
  {
    operation: 'attachments.listDetail',
    method: 'GET',
    path: '/v3/{project_id}/attachments/detail',
    projectOptional: true,
    since,
    summary: 'List attachments in detail.',
    policy: 'hearth:attachment:get_all',
    parameters: listParameters,
    success: {
      status: 200,
      schema: z.strictObject({ attachments: z.array(detail) }).meta({ title: 'AttachmentDetails' }),
    },
    refusals: [400],
    parity: { different: 'A status is heard; in Cinder it matches nothing.' },
  },
  {
    operation: 'attachments.create',
    method: 'POST',
    path: '/v3/{project_id}/attachments',
    projectOptional: true,
    since,
    summary: 'Reserve a volume for a server; with a connector, connect it at once, for which its host is waited for.',
    policy: 'volume:attachment_create',
    policyAfterLookup: true,
    body: { title: 'CreateAttachment', schema: createAttachmentSchema },
    success: { status: 200, schema: attachmentAnswer },
    refusals: [409, 500],
    parity: { different: 'What the backend cannot do is 400, not 500.' },
  },
  {
    operation: 'attachments.show',
    method: 'GET',
    path: ofAttachment,
    projectOptional: true,
    since,
    summary: 'Show an attachment.',
    policy: 'hearth:attachment:get',
    success: { status: 200, schema: attachmentAnswer },
    parity: { different: 'attached_at is when the attachment was completed.' },
  },
  {
    operation: 'attachments.update',
    method: 'PUT',
    path: ofAttachment,
    projectOptional: true,
    since,
    summary: 'Connect what was reserved: its host is waited for, and the answer says how the volume is reached.',
    policy: 'volume:attachment_update',
    policyAfterLookup: true,
    body: { title: 'UpdateAttachment', schema: () => updateAttachmentSchema },
    success: { status: 200, schema: attachmentAnswer },
    refusals: [409, 500],
    parity: { different: 'What the volume or the backend does not allow is 400, not 500.' },
  },
  {
    operation: 'attachments.delete',
    method: 'DELETE',
    path: ofAttachment,
    projectOptional: true,
    since,
    summary: 'Disconnect and delete an attachment, for which its host is waited for; answers those that are left.',
    policy: 'volume:attachment_delete',
    policyAfterLookup: true,
    success: { status: 200, schema: attachmentsAnswer },
    refusals: [409, 500],
    parity: {
      different:
        'No compute service is asked: what a server has connected is for a request with a service token, else 409; ' +
        'HEARTH_ATTACHMENT_DELETES_NEED_SERVICE=false lets everybody who may.',
    },
  },
  {
    operation: 'attachments.action',
    method: 'POST',
    path: `${ofAttachment}/action`,
    projectOptional: true,
    since,
    summary: 'Do something with an attachment.',
    policy: 'by action',
    actions: [
      {
        action: 'os-complete',
        since: 44,
        summary: 'Say that the server has the volume.',
        policy: 'volume:attachment_complete',
        schema: () => bareActionSchema('os-complete'),
        success: { status: 204 },
        parity: { different: 'Only of what is connected; Cinder does not look.' },
      },
    ],
    success: { status: 204 },
    refusals: [400],
    parity: 'kept',
  },
]);
