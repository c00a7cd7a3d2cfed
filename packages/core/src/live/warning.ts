/** Told of what could not be done and hinders nobody. */
export type WarningListener = (message: string, error: unknown) => void;

/** Where nobody listens: a warning of the process. */
export const emitWarning: WarningListener = (message, error) => {
  process.emitWarning(error instanceof Error ? `${message}: ${error.message}` : message, 'ThreadStoreWarning');
};

/** Tells a listener. What it throws is the program's mistake, and is thrown where it can't be taken for the error of a call. */
export function tell(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
