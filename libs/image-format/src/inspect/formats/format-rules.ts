import type { Asking } from '../asking';
import type { FailedCheck } from '../failed-check';
import type { ImageFacts } from '../verdict';

/** What the rules of a format found. */
export interface Findings {
  /** Checks that failed. Without `image` there is at least one that no operator can switch off. */
  readonly failures: readonly FailedCheck[];
  /** What the file is, provided that no check that failed matters. */
  readonly image?: ImageFacts;
}

/** All there is to know about a format. Nothing here may throw on purpose; what is thrown all the same refuses the file. */
export interface FormatRules {
  /**
   * Whether the file bears the format's signature.
   *
   * @param prefix the file's first `prefixBytes` bytes, or all of a shorter file
   */
  matches(prefix: Buffer): boolean;
  /** Looks at a file that bears the signature. */
  inspect(): Asking<Findings>;
}

/** Refused, whatever else there is to say about the file. */
export function refuse(...failures: readonly FailedCheck[]): Findings {
  return { failures };
}
