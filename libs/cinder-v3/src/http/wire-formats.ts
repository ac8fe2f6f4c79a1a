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
  name: (value) => nameProblem(value, Infinity),
  name_skip_leading_trailing_spaces: (value) => nameProblem(value, nameMax),
  key_size: (value) => {
    if (value === null || Number.isInteger(value) || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)))
      return undefined;
    return 'Invalid input received: key_size must be an integer.';
  },
  printable: (value) =>
    typeof value === 'string' && unprintable.test(value)
      ? `Invalid input for field/attribute description. Value: ${value}. The text holds characters that cannot be printed.`
      : undefined,
} as const satisfies Readonly<Record<string, Check>>;

/** Control characters, line breaks and what has no meaning: everything but letters, marks, numbers, punctuation, symbols and spaces. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
const nameMax = 255;

function nameProblem(value: unknown, max: number): string | undefined {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  if (value === '') return "An invalid 'name' value was provided. The 'name' can not be None.";
  if (trimmed === '') return "An invalid 'name' value was provided. The 'name' can not be empty.";
  if ([...trimmed].length <= max) return undefined;
  return `An invalid 'name' value was provided. The 'name' can not be greater than ${max} characters.`;
}

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
