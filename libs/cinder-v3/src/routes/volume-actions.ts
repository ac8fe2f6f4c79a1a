import { z } from 'zod';
import { bareActionSchema } from '../volumes/actions/action.schema';
import { setBootableSchema, setReadOnlySchema } from '../volumes/actions/flag.actions';
import { setImageMetadataSchema, unsetImageMetadataSchema } from '../volumes/actions/image-metadata.actions';
import { migrateCompletionSchema, migrateSchema } from '../volumes/actions/migrate.actions';
import { reimageSchema } from '../volumes/actions/reimage.action';
import { resetStatusSchema } from '../volumes/actions/reset-status.action';
import { retypeSchema } from '../volumes/actions/retype.action';
import { revertSchema } from '../volumes/actions/revert.action';
import { extendSchema } from '../volumes/actions/size.action';
import { uploadImageSchema } from '../volumes/actions/upload-image.action';
import type { Action } from './route';
import { volumeAttachmentActions } from './volume-attachment-actions';
import { imageMetadataSchema, uploadSchema } from './volume-answers';

const accepted = { status: 202 } as const;
const notOffered = { different: 'Refused: a volume is not moved to another backend.' } as const;

/** What `POST /volumes/{volume_id}/action` can do to a volume, attachments included. */
export const volumeActions: readonly Action[] = [
  {
    action: 'os-extend',
    summary: 'Make a volume larger; one in use from 3.42 on, where its backend can.',
    policy: 'volume:extend',
    schema: () => extendSchema,
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-retype',
    summary: "Change a volume's type to another one that its pool meets.",
    policy: 'volume:retype',
    schema: () => retypeSchema,
    success: accepted,
    parity: { different: 'Only between types of one backend: a type that needs another one is refused at once.' },
  },
  {
    action: 'os-set_bootable',
    summary: 'Say whether a volume is bootable.',
    policy: 'volume:update',
    schema: () => setBootableSchema,
    success: { status: 200 },
    parity: 'kept',
  },
  {
    action: 'os-update_readonly_flag',
    summary: 'Say whether a volume is only attached for reading.',
    policy: 'volume:update_readonly_flag',
    schema: () => setReadOnlySchema,
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-set_image_metadata',
    summary: 'Add to volume_image_metadata, or change what is there.',
    policy: 'volume_extension:volume_image_metadata:set',
    schema: () => setImageMetadataSchema,
    success: { status: 200, schema: imageMetadataSchema },
    parity: 'kept',
  },
  {
    action: 'os-unset_image_metadata',
    summary: 'Take a key out of volume_image_metadata.',
    policy: 'volume_extension:volume_image_metadata:remove',
    schema: () => unsetImageMetadataSchema,
    success: { status: 200 },
    parity: 'kept',
  },
  {
    action: 'os-show_image_metadata',
    summary: 'Show volume_image_metadata.',
    policy: 'volume_extension:volume_image_metadata:show',
    schema: () => bareActionSchema('os-show_image_metadata'),
    success: { status: 200, schema: imageMetadataSchema },
    parity: 'kept',
  },
  {
    action: 'revert',
    since: 40,
    summary: 'Put a volume back to its latest snapshot.',
    policy: 'volume:revert_to_snapshot',
    schema: () => revertSchema,
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-volume_upload_image',
    summary: 'Make an image of a volume.',
    policy: 'volume_extension:volume_actions:upload_image',
    schema: uploadImageSchema,
    success: { status: 202, schema: uploadSchema },
    parity: {
      different:
        'force is heard: what is uploaded is a clone where the backend can clone. The compressed container is refused.',
    },
  },
  {
    action: 'os-reimage',
    since: 68,
    summary: "Replace what is in a volume by an image's bytes.",
    policy: 'volume:reimage',
    schema: () => reimageSchema,
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-reset_status',
    summary: "Set a volume's status, whatever it was; what its host still owed is given up.",
    policy: 'volume_extension:volume_admin_actions:reset_status',
    schema: () => resetStatusSchema,
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-force_delete',
    summary: 'Delete a volume whatever its status, unless it is attached.',
    policy: 'volume_extension:volume_admin_actions:force_delete',
    schema: () => bareActionSchema('os-force_delete'),
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-unmanage',
    summary: 'Let a volume go: its backend keeps the object.',
    policy: 'volume_extension:volume_unmanage',
    schema: () => bareActionSchema('os-unmanage'),
    success: accepted,
    parity: 'kept',
  },
  {
    action: 'os-migrate_volume',
    summary: 'Move a volume to another backend: not offered.',
    policy: 'volume_extension:volume_admin_actions:migrate_volume',
    schema: migrateSchema,
    success: accepted,
    parity: notOffered,
  },
  {
    action: 'os-migrate_volume_completion',
    summary: 'Complete a migration: not offered.',
    policy: 'volume_extension:volume_admin_actions:migrate_volume_completion',
    schema: () => migrateCompletionSchema,
    success: {
      status: 200,
      schema: z.strictObject({ save_volume_id: z.uuid() }).meta({ title: 'CompletedMigration' }),
    },
    parity: notOffered,
  },
  ...volumeAttachmentActions,
];
