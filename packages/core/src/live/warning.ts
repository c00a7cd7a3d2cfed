/** Told of what could not be done and hinders nobody. */
export type WarningListener = (message: string, error: unknown) => void;

/** Where nobody listens: a warning of the process. */
export const emitWarning: WarningListener = (message, error) => {
  process.emitWarning(error instanceof Error ? `${message}: ${error.message}` : message, 'ThreadStoreWarning');
};
