/** EX_CONFIG of sysexits.h: the configuration is wrong, and starting again will not help. */
export const exitCodeConfig = 78;

/** One variable that cannot be used. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  /** The field's own sentence: what belongs there. */
  readonly expected: string | undefined;
}

/** Everything that is wrong with the configuration, in one message. No value of a secret is in it. */
export class ConfigError extends Error {
  readonly exitCode = exitCodeConfig;

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(['The configuration cannot be used:', ...problems.map(lineOf)].join('\n'));
    this.name = 'ConfigError';
  }
}

function lineOf({ variable, problem, expected }: ConfigProblem): string {
  return `  ${variable}: ${problem}${expected ? ` (${expected})` : ''}`;
}
