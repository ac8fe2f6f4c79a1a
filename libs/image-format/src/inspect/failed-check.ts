/** The names of the checks a file can fail. Stored in refusals and shown to users: a name is never reused. */
export type CheckName =
  | 'backing-file'
  | 'cluster-size'
  | 'compression-type'
  | 'data-file'
  | 'encryption'
  | 'format-mismatch'
  | 'header-extension'
  | 'header-length'
  | 'incomplete'
  | 'l1-table'
  | 'polyglot'
  | 'refcount-table'
  | 'snapshot-table'
  | 'unknown-feature'
  | 'unsupported-format'
  | 'version'
  | 'virtual-size';

/** A check the file failed, and a sentence a user may read. */
export interface FailedCheck {
  readonly check: CheckName;
  readonly detail: string;
}
