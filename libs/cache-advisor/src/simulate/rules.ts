import { type AdmissionMode, type EvictionPolicy, evictionPolicies } from '@hearth/contracts';

/** How a cache is run, in the words of a pool's settings. */
export interface ShadowRules {
  readonly policy: EvictionPolicy;
  /** GiB; 0 is no limit. */
  readonly limitGib: number;
  /** Number of copies; 0 is no limit. */
  readonly maxCount?: number;
  /** A copy that was not used for so long goes; 0 for never. */
  readonly ttlSeconds?: number;
  /** `second-request`: a content is cached when it was asked for before, at most `windowSeconds` ago. */
  readonly admission?: { readonly mode: AdmissionMode; readonly windowSeconds: number };
}

/** Rules that contradict themselves or say nothing; the message names the field. */
export class UnusableRulesError extends Error {
  constructor(field: string, value: unknown, wanted: string) {
    super(`${field} is ${String(value)}; it must be ${wanted}`);
    this.name = 'UnusableRulesError';
  }
}

/** Throws `UnusableRulesError`. */
export function checkRules({ policy, limitGib, maxCount = 0, ttlSeconds = 0, admission }: ShadowRules): void {
  checkPolicy(policy);
  const atLeastZero = { limitGib, maxCount, ttlSeconds };
  for (const [field, value] of Object.entries(atLeastZero)) {
    if (!Number.isFinite(value) || value < 0) throw new UnusableRulesError(field, value, 'at least 0; 0 is no limit');
  }
  if (admission?.mode !== 'second-request') return;
  const { windowSeconds } = admission;
  if (!Number.isFinite(windowSeconds) || windowSeconds <= 0)
    throw new UnusableRulesError('admission.windowSeconds', windowSeconds, 'more than 0');
}

/** Throws `UnusableRulesError`. */
export function checkPolicy(policy: string): void {
  if (!(evictionPolicies as readonly string[]).includes(policy))
    throw new UnusableRulesError('policy', policy, `one of ${evictionPolicies.join(', ')}`);
}
