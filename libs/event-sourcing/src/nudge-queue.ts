import type { NudgeTarget } from '@hearth/contracts';

/** How a nudge is sent. */
export interface NudgeOptions {
  /** Two nudges of one id within the queue's duplicate window are one: named after the fact that led to it. */
  readonly dedupeId: string;
  /** W3C trace context of the fact that led to it; the active one, or a new one, where no single fact did. */
  readonly traceparent?: string;
}

/** Wakes the one who owes a target its next step. A nudge carries an id and no instructions, so a doubled one is harmless. */
export interface NudgeQueue {
  /** Returns once the nudge is stored. `host` is a volume-manager's host, or `schedulerHost`. Throws `StoreUnavailableError`. */
  send(host: string, target: NudgeTarget, options: NudgeOptions): Promise<void>;
}
