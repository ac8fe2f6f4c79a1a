import type { Verdict } from '@hearth/image-format';

/** The names of the checks that an accepted image has failed and that were passed over. */
export function ignoredBy(verdict: Verdict | undefined): readonly string[] {
  return verdict?.kind === 'accepted' ? verdict.ignored.map(({ check }) => check) : [];
}
