import type { PeerCertificate } from 'node:tls';
import type { ThreadStoreError } from '@threadstore/core';
import type { Arrival, Gate } from '../rpc/gate.ts';
import { CallsUnderProof } from './calls-under-proof.ts';
import { FailureLimiter } from './failure-limiter.ts';
import { scopeOfCall } from './method-scopes.ts';
import type { Scope } from './principal.ts';
import type { Proof, TokenVerifier } from './proof.ts';
import { illFormed, lacksScope, missing, tooManyFailures, unknownCertificate, unknownToken } from './refusals.ts';

/** Knows callers by the certificates of their connections. */
export interface CertificateVerifier {
  /** Of a certificate that the connection has been made with, so its issuer is one that is trusted. `null`: it proves nothing. */
  readonly verify: (certificate: PeerCertificate) => Proof | null;
}

export interface AuthenticationOptions {
  /** Asked in this order. */
  readonly tokens: readonly TokenVerifier[];
  readonly certificates?: CertificateVerifier;
  readonly limiter?: FailureLimiter;
}

/** Longer than any token that is one. */
const tokenLengthMax = 8 * 1024;
/** When an address should come again of which many tokens are being verified: keys may be on their way. */
const busyRetryMs = 1_000;

/**
 * Finds out who calls, and lets those pass who may make the call. Says nothing about anything else: a call that is not permitted is
 * refused before anything is looked up.
 *
 * A bearer token counts before a certificate. A call ends within seconds once its credentials are revoked or have expired.
 */
export class AuthenticationGate implements Gate {
  readonly authenticates = true;
  readonly #options: AuthenticationOptions;
  readonly #limiter: FailureLimiter;
  readonly #calls = new CallsUnderProof();

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#limiter = options.limiter ?? new FailureLimiter();
  }

  /** To be called when credentials have changed: calls of those that are gone end at once. */
  recheck(): void {
    this.#calls.sweep();
  }

  enter(arrival: Arrival): Promise<void> | void {
    const scope = scopeOfCall(arrival.record);
    if (scope === null) return;
    const values = arrival.metadata.get('authorization');
    // What is left in the metadata could come into a log.
    arrival.metadata.remove('authorization');
    if (values.length === 0) this.#admit(this.#byCertificate(arrival), arrival, scope);
    else return this.#byToken(this.#tokenOf(values, arrival), arrival, scope);
  }

  #byCertificate(arrival: Arrival): Proof {
    const { certificates } = this.#options;
    const { certificate } = arrival;
    if (certificates === undefined || certificate === undefined) throw this.#failed(missing, arrival);
    const proof = certificates.verify(certificate);
    if (proof === null) throw this.#failed(unknownCertificate, arrival);
    return proof;
  }

  #tokenOf(values: readonly (string | Buffer)[], arrival: Arrival): string {
    const [value] = values;
    const token = typeof value === 'string' ? /^Bearer ([\x21-\x7e]+)$/i.exec(value)?.[1] : undefined;
    if (values.length > 1 || token === undefined) throw this.#failed(illFormed, arrival);
    if (token.length > tokenLengthMax) throw this.#failed(unknownToken, arrival);
    return token;
  }

  #byToken(token: string, arrival: Arrival, scope: Scope | 'any'): Promise<void> | void {
    for (const { look } of this.#options.tokens) {
      const proof = look(token);
      if (proof === null) throw this.#failed(unknownToken, arrival);
      if (proof !== undefined) {
        this.#admit(proof, arrival, scope);
        return;
      }
    }
    // From here on it costs something.
    const waitMs = this.#limiter.waitMs(arrival.peer);
    if (waitMs > 0) throw tooManyFailures(waitMs);
    return this.#verified(token, arrival, scope);
  }

  async #verified(token: string, arrival: Arrival, scope: Scope | 'any'): Promise<void> {
    const proof = await this.#limiter.within(arrival.peer, () => this.#prove(token));
    if (proof === undefined) throw tooManyFailures(busyRetryMs);
    if (proof === null) throw this.#failed(unknownToken, arrival);
    this.#admit(proof, arrival, scope);
  }

  async #prove(token: string): Promise<Proof | null> {
    for (const { verify } of this.#options.tokens) {
      const proof = await verify(token);
      if (proof !== null) return proof;
    }
    return null;
  }

  #admit(proof: Proof, arrival: Arrival, scope: Scope | 'any'): void {
    const { principal } = proof;
    arrival.record.principal = principal;
    if (scope !== 'any' && !principal.scopes.has(scope)) throw lacksScope(scope);
    this.#calls.add(arrival, proof);
  }

  #failed(refusal: () => ThreadStoreError, { peer }: Arrival): ThreadStoreError {
    const waitMs = this.#limiter.waitMs(peer);
    if (waitMs > 0) return tooManyFailures(waitMs);
    this.#limiter.failed(peer);
    return refusal();
  }
}
