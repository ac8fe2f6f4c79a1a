/** What the exit code says: 1 refused or not found, 2 a wrong command line, 3 nobody there, or not able to serve just now. */
export type ExitCode = 1 | 2 | 3;

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
