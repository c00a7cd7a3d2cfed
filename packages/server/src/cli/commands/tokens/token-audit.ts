import type { Writable } from 'node:stream';
import { auditFile } from '../../../audit/audit-log.ts';
import { tokenEntry, type TokenCommand } from '../../../audit/token-entry.ts';
import type { ListedToken } from '../../../auth/token-list.ts';
import { silentLogger } from '../../../log.ts';
import { CliError, usageError } from '../../cli-error.ts';
import { failureText } from '../../failure-text.ts';
import type { Resolved } from '../../settings/setting.ts';

export interface TokenAudit extends Disposable {
  /** Of a change that was made. Throws a `CliError` with the whole entry when it can't be written. */
  readonly write: (command: TokenCommand, token: ListedToken) => void;
}

/** The audit log that the setting names, `-`: stderr. To be opened before anything is changed: throws when it can't be. */
export function openTokenAudit({ value, name }: Resolved<string | null>, stderr: Writable): TokenAudit {
  if (value === null) return { write: () => undefined, [Symbol.dispose]: () => undefined };
  if (value === '-') {
    const write: TokenAudit['write'] = (...change) => void stderr.write(`${JSON.stringify(tokenEntry(...change))}\n`);
    return { write, [Symbol.dispose]: () => undefined };
  }
  try {
    const log = auditFile(value, {
      ...silentLogger,
      error: (fields: { readonly audit?: object }, message) => {
        throw new CliError(`${name}: it is done, but ${message}: ${JSON.stringify(fields.audit)}`);
      },
    });
    return { write: (...change) => log.write(tokenEntry(...change)), [Symbol.dispose]: () => log[Symbol.dispose]() };
  } catch (error) {
    throw usageError(`${name}: ${failureText(error)}`);
  }
}
