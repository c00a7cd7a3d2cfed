import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
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
 * Appends to a file, one JSON line an entry, before the call is answered: what was answered has its entry, also when the service is killed
 * then; a power cut may take the last ones. What a kill, or a full disk, cut short stays alone on its line. Made with mode 0600. An entry
 * that can't be written is told as an error in the log of the service, whole, each time. Throws the system's error when the file can't be
 * opened.
 */
export function auditFile(path: string, logger: Logger): AuditLog {
  let file = open(path);
  const failed = (error: unknown, fields: object): void =>
    logger.error({ ...fields, error: errorFields(error) }, 'the audit log can not be written');
  return {
    write: (entry) => {
      try {
        const line = Buffer.from(`${endsAmidLine(file) ? '\n' : ''}${JSON.stringify(entry)}\n`);
        const written = writeSync(file.write, line);
        if (written < line.length) throw Object.assign(new Error('cut short'), { code: 'ENOSPC' });
      } catch (error) {
        failed(error, { audit: entry });
      }
    },
    reopen: () => {
      try {
        const next = open(path);
        close(file);
        file = next;
      } catch (error) {
        // The old one goes on.
        failed(error, {});
      }
    },
    [Symbol.dispose]: () => close(file),
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

interface OpenFile {
  readonly write: number;
  /** To look at its end; undefined where that can't be done: it is no file with an end, or may not be read. */
  readonly read: number | undefined;
}

function open(path: string): OpenFile {
  const write = openSync(path, 'a', 0o600);
  try {
    return { write, read: fstatSync(write).isFile() ? openSync(path, 'r') : undefined };
  } catch {
    return { write, read: undefined };
  }
}

function close({ write, read }: OpenFile): void {
  closeSync(write);
  if (read !== undefined) closeSync(read);
}

/** Whether the file's last line has no end: whoever wrote it, this process or another, was killed, or had no room for it. */
function endsAmidLine({ read }: OpenFile): boolean {
  if (read === undefined) return false;
  const { size } = fstatSync(read);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(read, last, 0, 1, size - 1);
  return last.toString() !== '\n';
}
