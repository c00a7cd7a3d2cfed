import { pino } from 'pino';

/** Where the service tells what it does. A pino logger is one. Fields are facts for programs; none holds content. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export interface LogDestination {
  readonly logger: Logger;
  /** Writes out what is still held. */
  readonly flush: () => void;
}

/** What is kept for a reader of the log that does not keep up; lines beyond it are dropped. */
const backlogBytesMax = 16 * 1024 * 1024;

/** A logger that writes JSON lines to stderr, and never makes a call wait for their reader. */
export function stderrLogger(level: LogLevel): LogDestination {
  const destination = pino.destination({ dest: 2, sync: false, maxLength: backlogBytesMax });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return { logger, flush: () => destination.flushSync() };
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
