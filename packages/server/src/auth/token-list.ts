import { entriesOf, objectOf, onlyMembers, scopesOf, tenantOf, textOf } from './parsed.ts';
import type { Scope } from './principal.ts';

/** What a file of tokens says of one of them. */
export interface ListedToken {
  readonly id: string;
  /** SHA-256 of its secret, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly createdAt?: string;
  /** It is no good from then on. */
  readonly expiresAt?: string;
  /** For people. */
  readonly note?: string;
}

const members: ReadonlySet<string> = new Set([
  'id',
  'sha256',
  'tenant',
  'scopes',
  'createdAt',
  'expiresAt',
  'note',
] satisfies (keyof ListedToken)[]);

/** The text of a file of tokens. */
export function tokenListText(tokens: readonly ListedToken[]): string {
  return `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`;
}

/** Reads the text of a file of tokens. Throws an `Error` that says which token is wrong, and quotes nothing of it but its id. */
export function parseTokenList(text: string): readonly ListedToken[] {
  const tokens = entriesOf(text, 'tokens', parseToken);
  const ids = new Set<string>();
  for (const { id } of tokens) {
    if (ids.has(id)) throw new Error(`tokens: the id ${id} is there twice`);
    ids.add(id);
  }
  return tokens;
}

function parseToken(value: unknown, at: string): ListedToken {
  const token = objectOf(value, at);
  onlyMembers(token, members, at);
  const { id, sha256, tenant, scopes, createdAt, expiresAt, note } = token;
  if (typeof id !== 'string' || !/^[0-9a-z]{1,32}$/.test(id)) throw new Error(`${at}.id: expected 1 to 32 of 0-9a-z`);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Error(`${at}.sha256: expected 64 hexadecimal digits`);
  }
  return {
    id,
    sha256,
    tenant: tenantOf(tenant, at),
    scopes: scopesOf(scopes, at),
    ...(createdAt === undefined ? {} : { createdAt: timeOf(createdAt, `${at}.createdAt`) }),
    ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt, `${at}.expiresAt`) }),
    ...(note === undefined ? {} : { note: textOf(note, `${at}.note`) }),
  };
}

function timeOf(value: unknown, at: string): string {
  const text = textOf(value, at);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new Error(`${at}: expected a time such as 2027-01-31T00:00:00Z`);
  }
  return text;
}
