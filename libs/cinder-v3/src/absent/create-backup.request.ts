import { FaultError } from '../fault';
import { booleanSchema } from '../http/boolean-text';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { pairsOrNullSchema } from '../volumes/metadata.schema';

const nullableText: WireSchema = { type: ['string', 'null'], maxLength: 255 };

/** The body of `POST /backups`: metadata came with 3.43, the zone with 3.51. */
export const createBackupSchema = (minor: number): WireSchema => ({
  type: 'object',
  properties: {
    backup: {
      type: 'object',
      properties: {
        volume_id: { type: 'string', format: 'uuid' },
        container: nullableText,
        description: { ...nullableText, format: 'printable' },
        incremental: booleanSchema,
        force: booleanSchema,
        name: nullableText,
        snapshot_id: { type: ['string', 'null'], format: 'uuid' },
        ...(minor >= 43 && { metadata: pairsOrNullSchema }),
        ...(minor >= 51 && { availability_zone: nullableText }),
      },
      required: ['volume_id'],
      additionalProperties: false,
    },
  },
  required: ['backup'],
  additionalProperties: false,
});

/** The volume that a backup is asked of. Throws a fault of 400. */
export function parseCreateBackup(body: unknown, minor: number): { readonly volumeId: string } {
  checkWireSchema(body, createBackupSchema(minor));
  checkStorable(body, 'backup');
  return { volumeId: (body as { readonly backup: { readonly volume_id: string } }).backup.volume_id };
}

/** The body of `POST /backups/import_record`. */
export const importBackupSchema = (): WireSchema => ({
  type: 'object',
  properties: {
    'backup-record': {
      type: 'object',
      properties: {
        backup_service: { type: 'string', maxLength: 255 },
        backup_url: { type: 'string', minLength: 1 },
      },
      required: ['backup_service', 'backup_url'],
      additionalProperties: false,
    },
  },
  required: ['backup-record'],
  additionalProperties: false,
});

/** Cinder's word where no service makes backups; that one is never there, so that it says nothing of when to ask again. */
export const noBackupService = () =>
  new FaultError({ status: 503, message: 'Service cinder-backup could not be found.' });
