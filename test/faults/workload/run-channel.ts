/** The channel of a process of the workload to the run that started it. */
export interface RunChannel<To, From> {
  readonly say: (message: From) => void;
  /** Hears of each message. Called once; the process ends with the run from then on. */
  readonly hear: (onMessage: (message: To) => void) => void;
  /** Ends the process: the run has been told everything. */
  readonly hangUp: () => void;
}

export function runChannel<To, From>(): RunChannel<To, From> {
  return {
    say: (message) => void process.send?.(message),
    hear(onMessage) {
      // A Ctrl-C in the terminal reaches all processes of a run. The one that started the others ends them.
      process.on('SIGINT', () => undefined);
      process.once('disconnect', leave);
      process.on('message', onMessage);
    },
    hangUp() {
      process.off('disconnect', leave);
      process.disconnect();
    },
  };
}

/** Ends the process as failed, with the reason for whoever started it. */
export function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

function leave(): void {
  process.exit(1);
}
