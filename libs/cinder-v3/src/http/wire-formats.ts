import { pythonRepr } from './python-text';

/** Cinder's statuses of volumes, in the order in which its sentence lists them. */
export const settableVolumeStatuses = [
  'creating',
  'available',
  'deleting',
  'error',
  'error_deleting',
  'error_managing',
  'managing',
  'attaching',
  'in-use',
  'detaching',
  'maintenance',
  'restoring-backup',
  'error_restoring',
  'reserved',
  'awaiting-transfer',
  'backing-up',
  'error_backing-up',
  'error_extending',
  'downloading',
  'uploading',
  'retyping',
  'extending',
] as const;

const migrationStatuses = ['migrating', 'error', 'success', 'completing', 'none', 'starting'] as const;
const attachStatuses = ['attached', 'detached'] as const;

/** A sentence for a value that the format does not take; undefined for one that it takes, or that is no matter of its. */
type Check = (value: unknown) => string | undefined;

/**
 * Formats of Cinder's own whose sentences name the field themselves. Empty texts and null are taken: they are as good as absent.
 * `uuid` has the validator's own sentence, which names no field.
 */
export const wireFormats = {
  uuid: () => undefined,
  volume_status: oneOf('Volume status', settableVolumeStatuses, pythonTuple(settableVolumeStatuses)),
  volume_attach_status: oneOf('Volume attach status', attachStatuses, pythonRepr(attachStatuses)),
  volume_migration_status: oneOf('Volume migration status', migrationStatuses, pythonTuple(migrationStatuses)),
  validate_volume_reset_body: (value) => {
    const { status, attach_status: attach, migration_status: migration } = value as Readonly<Record<string, unknown>>;
    if (status || attach || migration) return undefined;
    return "Must specify 'status', 'attach_status' or 'migration_status' for update.";
  },
} as const satisfies Readonly<Record<string, Check>>;

export type WireFormat = keyof typeof wireFormats;

function oneOf(what: string, words: readonly string[], listed: string): Check {
  return (value) => {
    if (typeof value !== 'string' || value === '' || words.includes(value.toLowerCase())) return undefined;
    return `${what}: ${value} is invalid, valid statuses are: ${listed}.`;
  };
}

function pythonTuple(words: readonly string[]): string {
  return `(${words.map(pythonRepr).join(', ')})`;
}
