import { createHash } from 'node:crypto';
import { ThreadStoreError } from '@threadstore/core';
import { checkTenant } from '@threadstore/core/internal';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { isScope, type Principal, type Scope } from './principal.ts';
import type { Proof, TokenVerifier } from './proof.ts';

export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the tenant. */
  readonly tenantClaim: string;
  /** Verified tokens that are kept. Default 10,000. */
  readonly keptMax?: number;
}

/** Whose signatures nobody can make who can check them. */
const algorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const clockToleranceSeconds = 5;
const keptMaxDefault = 10_000;
const subjectLengthMax = 128;
/** Of checking what was verified while others were checked. What comes after the last is verified once more when it is shown. */
const roundsMax = 10;

interface Verified {
  readonly token: string;
  readonly principal: Principal;
  readonly proof: Proof;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  /** The keys that it was last found good by. */
  generation: number;
}

/** Knows callers by JSON Web Tokens of one issuer. What was verified is kept until it expires, or its key is gone. */
export class JwtVerifier implements TokenVerifier {
  readonly #options: JwtOptions;
  readonly #verifyOptions: JWTVerifyOptions;
  #keys: JWTVerifyGetKey;
  #generation = 0;
  /** By the hash of their text, those used longest ago first. */
  readonly #verified = new Map<string, Verified>();

  constructor(keys: JWTVerifyGetKey, options: JwtOptions) {
    this.#keys = keys;
    this.#options = options;
    const { issuer, audience } = options;
    this.#verifyOptions = {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp'],
    };
  }

  /** Takes other keys into use. What was verified stays good where they verify it, too. Not to be called again before it resolves. */
  async replaceKeys(keys: JWTVerifyGetKey): Promise<void> {
    const next = this.#generation + 1;
    const good = new Map<Verified, boolean>();
    for (let round = 0; round < roundsMax; round += 1) {
      // Others are verified, by the keys from before, while these are checked.
      const unchecked = [...this.#verified.values()].filter((one) => !good.has(one));
      if (unchecked.length === 0) break;
      await Promise.all(unchecked.map(async (one) => good.set(one, await this.#isGood(one.token, keys))));
    }
    this.#keys = keys;
    this.#generation = next;
    for (const [hash, one] of this.#verified) {
      if (good.get(one) === true) one.generation = next;
      else this.#verified.delete(hash);
    }
  }

  /** Asks the same keys again, for those that are fetched from elsewhere. */
  refresh(): Promise<void> {
    return this.replaceKeys(this.#keys);
  }

  readonly look = (token: string): Proof | null | undefined => {
    if (!isJwt(token)) return undefined;
    const hash = hashOf(token);
    const known = this.#verified.get(hash);
    if (known === undefined) return undefined;
    this.#verified.delete(hash);
    if (known.expiresAt <= Date.now()) return null;
    this.#verified.set(hash, known);
    return known.proof;
  };

  readonly verify = async (token: string): Promise<Proof | null> => {
    if (!isJwt(token)) return null;
    const generation = this.#generation;
    let payload: JWTPayload;
    try {
      payload = await verified(token, this.#keys, this.#verifyOptions);
    } catch (error) {
      if (isOfKeys(error)) throw keysLacking(error);
      return null;
    }
    // Other keys count by now.
    if (generation !== this.#generation) return this.verify(token);
    const principal = principalOf(payload, this.#options.tenantClaim);
    if (principal === null) return null;
    return this.#keep(token, principal, { payload, generation }).proof;
  };

  #keep(token: string, principal: Principal, { payload: { exp = 0 }, generation }: Finding): Verified {
    const expiresAt = (exp + clockToleranceSeconds) * 1_000;
    const holds = (now: number): boolean => now < expiresAt && one.generation === this.#generation;
    const one: Verified = { token, principal, proof: { principal, holds }, expiresAt, generation };
    this.#verified.set(hashOf(token), one);
    const { keptMax = keptMaxDefault } = this.#options;
    for (const hash of this.#verified.keys()) {
      if (this.#verified.size <= keptMax) break;
      this.#verified.delete(hash);
    }
    return one;
  }

  async #isGood(token: string, keys: JWTVerifyGetKey): Promise<boolean> {
    try {
      await verified(token, keys, this.#verifyOptions);
      return true;
    } catch (error) {
      // Nobody says that it is bad.
      return isOfKeys(error);
    }
  }
}

interface Finding {
  readonly payload: JWTPayload;
  readonly generation: number;
}

function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

async function verified(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Neither the token nor the keys say which one it is.
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** Whether the keys could not be had, so that nothing is known of the token. */
function isOfKeys(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'
  );
}

function keysLacking(cause: unknown): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'BACKEND_UNAVAILABLE',
    message: "authorization: the issuer's keys can't be had",
    cause,
  });
}

function principalOf(payload: JWTPayload, tenantClaim: string): Principal | null {
  const tenant = payload[tenantClaim];
  if (typeof tenant !== 'string') return null;
  try {
    checkTenant(tenant);
  } catch {
    return null;
  }
  const sub: unknown = payload.sub;
  const subject = typeof sub === 'string' ? `jwt ${sub.slice(0, subjectLengthMax)}` : 'jwt';
  return { tenant, subject, scopes: scopesOf(payload) };
}

/** Of `scope`, words with spaces between them, and `scp`, the same or an array. Others than ours are for somebody else. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<Scope> {
  const words = [scope, scp].flat().flatMap((one) => (typeof one === 'string' ? one.split(' ') : []));
  return new Set(words.filter(isScope));
}
