/**
 * The names of the checks a file can fail. Stored in refusals, shown to users and named in configuration: a name is never reused.
 * Which formats have which check is to be seen in `formats/`.
 */
export type CheckName =
  | 'backing-file'
  | 'block-size'
  | 'block-table'
  | 'cluster-size'
  | 'compression-type'
  | 'create-type'
  | 'data-file'
  | 'descriptor'
  | 'descriptor-location'
  | 'descriptor-only'
  | 'dynamic-header'
  | 'encryption'
  | 'extents'
  | 'footer'
  | 'format-mismatch'
  | 'grain-directory'
  | 'grain-table'
  | 'header-checksum'
  | 'header-extension'
  | 'header-length'
  | 'image-type'
  | 'incomplete'
  | 'l1-table'
  | 'mbr-boot-flag'
  | 'mbr-no-partition'
  | 'mbr-protective-entry'
  | 'metadata-table'
  | 'payload-offset'
  | 'polyglot'
  | 'refcount-table'
  | 'region-table'
  | 'sector-size'
  | 'snapshot-table'
  | 'unknown-feature'
  | 'unreadable'
  | 'unsupported-format'
  | 'version'
  | 'virtual-size';

/** A check the file failed, and a sentence a user may read. */
export interface FailedCheck {
  readonly check: CheckName;
  readonly detail: string;
}

/** A rule by name: says what is wrong with what it is given, or nothing. */
export type Check<T> = readonly [CheckName, (subject: T) => string | undefined];

/** Every check that fails. */
export function failedChecks<T>(checks: readonly Check<T>[], subject: T): FailedCheck[] {
  return checks.flatMap(([check, examine]) => {
    const detail = examine(subject);
    return detail === undefined ? [] : [{ check, detail }];
  });
}
