/** How well something is; `unknown`: it could not be looked at. */
export type Level = 'ok' | 'note' | 'unknown' | 'warning' | 'failing';

/** What a look found, of whom, and what to do about it. */
export interface Finding {
  readonly check: string;
  readonly level: Level;
  /** A host, a pool, a file; null for the whole. */
  readonly subject: string | null;
  readonly what: string;
  readonly todo: string | null;
}

/** A finding of a check, by its level. */
export const found =
  (check: string) =>
  (level: Level, subject: string | null, what: string, todo: string | null = null): Finding => ({
    ...{ check, level, subject, what, todo },
  });
