import { timingSafeEqual } from 'node:crypto';
import { parseBearerToken, secretHash } from './bearer-token.ts';
import type { Principal } from './principal.ts';
import type { Proof, TokenVerifier } from './proof.ts';
import type { ListedToken } from './token-list.ts';

interface Known {
  readonly hash: Buffer;
  readonly principal: Principal;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  /** Equal for tokens that grant the same. */
  readonly grant: string;
}

/** What the secret of an unknown id is compared with, so that it takes as long. */
const nobody = secretHash('');

/** The tokens of a list, which may be replaced by another list at any time. */
export class ListedTokens implements TokenVerifier {
  #byId: ReadonlyMap<string, Known> = new Map();

  constructor(tokens: readonly ListedToken[]) {
    this.replace(tokens);
  }

  replace(tokens: readonly ListedToken[]): void {
    this.#byId = new Map(tokens.map((token) => [token.id, known(token)]));
  }

  /** One hash, whatever the token. */
  readonly look = (text: string): Proof | null | undefined => {
    const token = parseBearerToken(text);
    // Of another kind.
    if (token === undefined) return undefined;
    const { id, secret } = token;
    const found = this.#byId.get(id);
    const isEqual = timingSafeEqual(secretHash(secret), found?.hash ?? nobody);
    if (found === undefined || !isEqual || found.expiresAt <= Date.now()) return null;
    const { hash, grant, principal } = found;
    return {
      principal,
      holds: (now) => {
        const current = this.#byId.get(id);
        return current?.grant === grant && current.hash.equals(hash) && now < current.expiresAt;
      },
    };
  };

  readonly verify = (): Promise<Proof | null> => Promise.resolve(null);
}

function known({ id, sha256, tenant, scopes, expiresAt }: ListedToken): Known {
  return {
    hash: Buffer.from(sha256, 'hex'),
    principal: { tenant, subject: `token ${id}`, scopes: new Set(scopes) },
    expiresAt: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    grant: JSON.stringify([tenant, scopes.toSorted()]),
  };
}
