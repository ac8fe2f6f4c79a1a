/** Why a command yields no events: a code of a closed union, `<stream>.<reason>`, and the figures a message needs. */
export interface Refusal<Code extends string = string> {
  readonly refused: Code;
  readonly data: RefusalData;
}

/** Figures and names that belong to a refusal; plain values only, so that a refusal can be logged and sent. */
export type RefusalData = Readonly<Record<string, string | number | boolean | null>>;

export function refuse<Code extends string>(code: Code, data: RefusalData = {}): Refusal<Code> {
  return { refused: code, data };
}

/** Tells a refusal from whatever else a command may lead to: a list of events, or an outcome. */
export function isRefusal<Answer extends object, Code extends string>(
  answer: Answer | Refusal<Code>,
): answer is Refusal<Code> {
  return 'refused' in answer;
}
