import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** How long fetched keys count before they are fetched again. */
export const fetchedKeysMs = 5 * 60_000;
/** How long they count when they can't be: then one that the issuer has taken back counts for as long, too. */
const oldKeysMs = 60 * 60_000;
/** After a fetch, however many tokens name keys that are not there: anybody can make one up. */
const restMs = 30_000;
/** After one that has failed. */
const restAfterFailureMs = 5_000;
const fetchTimeoutMs = 5_000;

export interface FetchedKeysOptions {
  /** Told of each fetch that fails: there are few. */
  readonly onFailure?: (error: unknown) => void;
  /** Milliseconds, of a clock that is never put back. */
  readonly now?: () => number;
}

/**
 * The keys of a JWK set at an address, fetched when they are needed, and again when they are old or one is missing: once in a while,
 * whatever callers show. While they can't be had, those that were fetched last go on.
 */
export function keysAt(url: string, options: FetchedKeysOptions = {}): JWTVerifyGetKey {
  const keys = new FetchedKeys(url, options);
  return (header, token) => keys.find(header, token);
}

class FetchedKeys {
  readonly #set: ReturnType<typeof createRemoteJWKSet>;
  readonly #onFailure: (error: unknown) => void;
  readonly #now: () => number;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Of the last fetch. */
  #failure: { readonly error: unknown } | undefined;
  #fetching: Promise<void> | undefined;

  constructor(url: string, { onFailure = () => undefined, now = () => performance.now() }: FetchedKeysOptions) {
    // When to fetch is said here: its own rest is kept only after a fetch that succeeds.
    this.#set = createRemoteJWKSet(new URL(url), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: fetchTimeoutMs,
    });
    this.#onFailure = onFailure;
    this.#now = now;
  }

  async find(...[header, token]: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    if (this.#age >= fetchedKeysMs) {
      const fetched = this.#fetch();
      // An issuer that has not answered before holds up nobody whose key is known.
      if (this.#failure === undefined || this.#age >= oldKeysMs) await fetched;
    }
    if (this.#age >= oldKeysMs) throw this.#failure?.error;
    try {
      return await this.#set(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.#fetch();
    // Nobody knows whether it would be there.
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#set(header, token);
  }

  get #age(): number {
    return this.#now() - this.#fetchedAt;
  }

  /** Unless it rests. Never rejects. */
  #fetch(): Promise<void> {
    if (this.#fetching === undefined && this.#now() < this.#restsUntil) return Promise.resolve();
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<void> {
    try {
      await this.#set.reload();
      this.#failure = undefined;
      this.#fetchedAt = this.#now();
      this.#restsUntil = this.#fetchedAt + restMs;
    } catch (error) {
      this.#failure = { error };
      this.#restsUntil = this.#now() + restAfterFailureMs;
      this.#onFailure(error);
    }
  }
}
