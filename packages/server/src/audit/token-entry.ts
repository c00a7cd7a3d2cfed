import { userInfo } from 'node:os';
import type { Scope } from '../auth/principal.ts';
import type { ListedToken } from '../auth/token-list.ts';

/** One line of the audit log, of a command that changes who may call. Nothing of it is the token's secret. */
export interface TokenEntry {
  /** RFC 3339. */
  readonly time: string;
  /** Whose threads the token is for. */
  readonly tenant: string;
  /** Who ran the command: `user` and a name of the system. */
  readonly subject: string;
  readonly command: TokenCommand;
  readonly tokenId: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: string;
  readonly code: 'OK';
}

export type TokenCommand = 'tokens create' | 'tokens revoke';

/** Of a change that was made. */
export function tokenEntry(command: TokenCommand, { id, tenant, scopes, expiresAt }: ListedToken): TokenEntry {
  return {
    time: new Date().toISOString(),
    tenant,
    subject: `user ${userName()}`,
    command,
    tokenId: id,
    scopes,
    ...(expiresAt !== undefined && { expiresAt }),
    code: 'OK',
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that no name is known for.
    return String(process.getuid?.() ?? 'unknown');
  }
}
