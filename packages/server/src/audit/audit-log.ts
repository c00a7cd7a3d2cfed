import { closeSync, openSync, writeSync } from 'node:fs';
import { errorFields } from '../error-fields.ts';
import type { Logger } from '../log.ts';
import type { AuditEntry } from './audit-observer.ts';
import type { TokenEntry } from './token-entry.ts';

/** Where entries go. */
export interface AuditLog extends Disposable {
  readonly write: (entry: AuditEntry | TokenEntry) => void;
  /** Goes on in a file of the same name: the old one was moved away. */
  readonly reopen: () => void;
}

/**
 * Appends to a file, one JSON line an entry, before the call's answer is on its way as a rule: an entry survives a kill of the service, and
 * not a power cut. Made with mode 0600. An entry that can't be written is told as an error in the log of the service, whole, each time.
 * Throws the system's error when the file can't be opened.
 */
export function auditFile(path: string, logger: Logger): AuditLog {
  let file = open(path);
  const failed = (error: unknown, fields: object): void =>
    logger.error({ ...fields, error: errorFields(error) }, 'the audit log can not be written');
  return {
    write: (entry) => {
      try {
        const line = Buffer.from(`${JSON.stringify(entry)}\n`);
        const written = writeSync(file, line);
        if (written < line.length) throw Object.assign(new Error('cut short'), { code: 'ENOSPC' });
      } catch (error) {
        failed(error, { audit: entry });
      }
    },
    reopen: () => {
      try {
        const next = open(path);
        closeSync(file);
        file = next;
      } catch (error) {
        // The old one goes on.
        failed(error, {});
      }
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** Writes entries to the log of the service, at the level of information. */
export function auditToLog(logger: Logger): AuditLog {
  return {
    write: ({ time: _time, ...entry }) => logger.info({ audit: entry }, 'audit'),
    reopen: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

function open(path: string): number {
  return openSync(path, 'a', 0o600);
}
