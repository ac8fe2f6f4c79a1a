import { z } from 'zod';
import {
  attachSchema,
  detachSchema,
  forceDetachSchema,
  initializeConnectionSchema,
  terminateConnectionSchema,
} from '../attachments/volume-attachment.actions';
import { bareActionSchema } from '../volumes/actions/action.schema';
import type { Action } from './route';

const accepted = { status: 202 } as const;
const forService = { different: 'No compute service is asked: see DELETE of an attachment.' } as const;

/** What `POST /volumes/{volume_id}/action` can do to attachments: the way before 3.27. */
export const volumeAttachmentActions: readonly Action[] = [
  {
    action: 'os-reserve',
    summary: 'Hold a volume for an attachment that is to come.',
    policy: 'volume_extension:volume_actions:reserve',
    schema: () => bareActionSchema('os-reserve'),
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-unreserve',
    summary: 'Give back what was held; nothing is said where nothing was.',
    policy: 'volume_extension:volume_actions:unreserve',
    schema: () => bareActionSchema('os-unreserve'),
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-begin_detaching',
    summary: 'Say that a volume is being detached.',
    policy: 'volume_extension:volume_actions:begin_detaching',
    schema: () => bareActionSchema('os-begin_detaching'),
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-roll_detaching',
    summary: 'Say that it is not; nothing is said where that was not begun.',
    policy: 'volume_extension:volume_actions:roll_detaching',
    schema: () => bareActionSchema('os-roll_detaching'),
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-attach',
    summary: 'Say that a server or a host has the volume.',
    policy: 'volume_extension:volume_actions:attach',
    schema: () => attachSchema,
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-detach',
    summary: 'End an attachment; its host is waited for.',
    policy: 'volume_extension:volume_actions:detach',
    schema: () => detachSchema,
    success: accepted,
    parity: forService,
  },
  {
    action: 'os-initialize_connection',
    summary: 'Connect a volume: its host is waited for, and the answer says how it is reached.',
    policy: 'volume_extension:volume_actions:initialize_connection',
    schema: () => initializeConnectionSchema,
    success: {
      status: 200,
      schema: z
        .strictObject({
          connection_info: z.strictObject({ driver_volume_type: z.string(), data: z.looseObject({}) }),
        })
        .meta({ title: 'Connection' }),
    },
    parity: 'kept',
  },
  {
    action: 'os-terminate_connection',
    summary: 'Disconnect a volume from a host; its own host is waited for.',
    policy: 'volume_extension:volume_actions:terminate_connection',
    schema: () => terminateConnectionSchema,
    success: accepted,
    parity: forService,
  },
  {
    action: 'os-force_detach',
    summary: "Disconnect a volume and end its attachment, whatever the volume's status.",
    policy: 'volume_extension:volume_admin_actions:force_detach',
    schema: () => forceDetachSchema,
    success: accepted,
    parity: forService,
  },
];
