import type { Advice, AdviceOptions, Shadow, ShadowRules } from '@hearth/cache-advisor';
import type { Outcome } from '@hearth/contracts';

/** A decision as it is handed over: what is told of it, and nothing that is looked up. */
export interface AskedDecision {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly imageId: string;
  readonly projectId: string;
  readonly outcome: Outcome;
  /** Null where no copy served it. */
  readonly content: string | null;
  readonly copyGib: number | null;
  readonly refillBytes: number;
  readonly refillSeconds: number;
}

/** What is wanted of the decisions of one pool. */
export type AdvisorQuestion =
  | { readonly kind: 'advice'; readonly projectId: string | undefined; readonly options: AdviceOptions }
  | { readonly kind: 'shadow'; readonly projectId: string | undefined; readonly rules: ShadowRules };

export interface AdvisorAnswer<Kind extends AdvisorQuestion['kind']> {
  readonly result: Kind extends 'advice' ? Advice : Shadow;
  /** Decisions that were looked at, of whichever project. */
  readonly decisions: number;
  /** Of those that count: requests for contents whose size nothing tells. */
  readonly assumedSizes: number;
  /** When the first and the last one were; null where there are none. Milliseconds since 1970. */
  readonly from: number | null;
  readonly to: number | null;
}

/** Works out advice while requests are served. */
export interface CacheAdvisor {
  /**
   * `parts`: decisions in the order of time within a part, the newest part first. Throws `UnusableQuestionError` for rules that
   * contradict themselves, `AdvisorBusyError` while too many wait.
   */
  answer<Question extends AdvisorQuestion>(
    pool: string,
    parts: AsyncIterable<readonly AskedDecision[]>,
    question: Question,
  ): Promise<AdvisorAnswer<Question['kind']>>;
}

/** The rules that were asked about say nothing or contradict themselves; the message names the field. */
export class UnusableQuestionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableQuestionError';
  }
}

/** Others are being advised; it takes seconds. */
export class AdvisorBusyError extends Error {
  constructor() {
    super('others are being advised just now');
    this.name = 'AdvisorBusyError';
  }
}
