/** Why a change of configuration was refused; the wire gives each its status. */
export const configurationErrorCodes = [
  'volume-type.exists',
  'volume-type.not-found',
  /** Volumes, snapshots or creates under way have it. */
  'volume-type.in-use',
  /** It is the default, of all projects or of some. */
  'volume-type.is-default',
  /** Everybody may use it: there is no access to give or take. */
  'volume-type.is-public',
  'type-access.exists',
  'type-access.not-found',
  'type-encryption.exists',
  'type-encryption.not-found',
  'extra-spec.not-found',
  'default-type.not-found',
  'qos-specs.exists',
  'qos-specs.not-found',
  'qos-specs.in-use',
  'qos-specs.key-not-found',
  /** The type has other QoS specs. */
  'qos-specs.type-has-others',
] as const;
export type ConfigurationErrorCode = (typeof configurationErrorCodes)[number];

/** A change of volume types or QoS specs that what is there does not allow; nothing was changed. */
export class ConfigurationError extends Error {
  constructor(
    readonly code: ConfigurationErrorCode,
    message: string,
    /** What stood in the way, where that is a name or an id: other QoS specs, a missing key. */
    readonly subject?: string,
  ) {
    super(message);
    this.name = 'ConfigurationError';
  }
}

/** SQLSTATE unique_violation, of a row that came between. */
export function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === '23505';
}

/** SQLSTATE foreign_key_violation: the row that is named went between. */
export function isDangling(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === '23503';
}
