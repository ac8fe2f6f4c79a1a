import type { DecodeFailed, DecodeProblemCode, NeedsSpool } from './decoder';

/** Leaves a decoder's inner loop; caught at its public methods and turned into the step it carries. */
export class DecodeStop extends Error {
  constructor(readonly step: NeedsSpool | DecodeFailed) {
    super(step.status === 'failed' ? step.problem.detail : step.reason);
  }
}

/** The file cannot be decoded. */
export function fail(code: DecodeProblemCode, detail: string): never {
  throw new DecodeStop({ status: 'failed', problem: { code, detail } });
}

/** The file can be decoded, but not in one pass. */
export function askForSpool(reason: string): never {
  throw new DecodeStop({ status: 'needs-spool', reason });
}
