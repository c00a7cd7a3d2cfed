/** `1`: the operation failed. `2`: bad configuration or usage, told before anything was done. */
export type FailureExitCode = 1 | 2;

/** Ends a command with one line for people on stderr and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: FailureExitCode;

  constructor(message: string, exitCode: FailureExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Bad configuration or usage. The message begins with the name of the flag or variable to correct. */
export function usageError(message: string): CliError {
  return new CliError(message, 2);
}
