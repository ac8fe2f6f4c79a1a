import type { CheckName } from './failed-check';

/**
 * The checks an operator may switch off, each with the reason why that is safe: none of them is what keeps a tool from leaving the file.
 * All others always refuse.
 */
const reasons = {
  'format-mismatch':
    'the bytes are read as the declared format, which has to be one that is read as raw bytes (raw, iso)',
  polyglot: 'the bytes are read as the declared format, and no tool is left to guess',
  'mbr-boot-flag': 'what a partition table says matters to the guest only',
  'mbr-no-partition': 'what a partition table says matters to the guest only',
  'mbr-protective-entry': 'what a partition table says matters to the guest only',
  'header-checksum': 'a checksum finds damage, and QEMU does not look at this one',
} as const satisfies Partial<Record<CheckName, string>>;

export type OverridableCheck = keyof typeof reasons;

export const overridableChecks = Object.keys(reasons) as readonly OverridableCheck[];

/** @param ignored what the operator named; a name that is not overridable has no effect */
export function isIgnored(check: CheckName, ignored: readonly string[] = []): boolean {
  return Object.hasOwn(reasons, check) && ignored.includes(check);
}
