/** What the exit codes of the tool say; 0 is done. */
export const exitCodes = {
  1: 'failed, or something is not well',
  2: 'wrong usage, or settings that do not fit together',
  3: 'not found',
  4: 'refused',
  5: 'away: what was asked cannot be reached, or cannot serve just now',
} as const;

export type ExitCode = keyof typeof exitCodes;

/** For help and reference, in one line. */
export const exitCodesText = `0 done; ${Object.entries(exitCodes)
  .map(([code, meaning]) => `${code} ${meaning}`)
  .join('; ')}.`;

/** Ends the tool with a sentence and a code. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CliError';
  }
}
