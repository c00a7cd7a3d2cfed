import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { ownPath } from '@threadstore/testkit';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { fetchedKeysMs, keysAt } from '../../src/auth/fetched-keys.ts';
import { JwtVerifier } from '../../src/auth/jwt-verifier.ts';
import { guarded, rawUnary } from './guarded.ts';

const options = { issuer: 'https://issuer.test', audience: 'threads', tenantClaim: 'tenant' };

let privateKey: CryptoKey;
let jwk: JWK;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKey = pair.privateKey;
  jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256' };
});

/** A token that no other is like, whose header names a key. */
let signed = 0;
function sign(kid = 'a'): Promise<string> {
  signed += 1;
  const claims = { iss: options.issuer, aud: options.audience, sub: `u${signed}`, tenant: 'acme', scope: 'read' };
  return new SignJWT({ ...claims, exp: Math.floor(Date.now() / 1_000) + 60 })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(privateKey);
}

interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** The names of its key. */
  kids: readonly string[];
  isUp: boolean;
  fetches: number;
}

async function issuer(): Promise<Issuer> {
  const http = createServer((_request, response) => {
    one.fetches += 1;
    const keys = one.kids.map((kid) => ({ ...jwk, kid }));
    response.writeHead(one.isUp ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const one: Issuer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/jwks.json`,
    kids: ['a'],
    isUp: true,
    fetches: 0,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      http.close();
    },
  };
  return one;
}

/** Its clock goes by `pass` alone. */
function verifierAt(url: string): { verifier: JwtVerifier; pass: (ms: number) => void; failures: unknown[] } {
  let now = 0;
  const failures: unknown[] = [];
  const keys = keysAt(url, { now: () => now, onFailure: (error) => failures.push(error) });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { verifier: new JwtVerifier(keys, options), pass, failures };
}

const unavailable = { reason: 'BACKEND_UNAVAILABLE' };

test('keys are fetched; while they cannot be, a call is told to come back', async () => {
  await using source = await issuer();
  source.isUp = false;
  const { verifier, pass, failures } = verifierAt(source.url);
  await using service = await guarded([], { tokens: [verifier] });
  const list = async (): Promise<grpc.status> => {
    const headers = { authorization: `Bearer ${await sign()}` };
    return (await rawUnary(service.endpoint, `${ownPath}/ListThreads`, headers)).code;
  };
  for (let count = 0; count < 10; count += 1) expect(await list()).toBe(grpc.status.UNAVAILABLE);
  expect(source.fetches).toBe(1);
  expect(failures).toHaveLength(1);
  source.isUp = true;
  pass(5_000);
  expect(await list()).toBe(grpc.status.OK);
  expect(service.log()).toContain('"tenant":"acme","subject":"jwt u');
});

test('tokens of keys that are not there have them fetched once in a while, all at once and one by one', async () => {
  await using source = await issuer();
  const { verifier, pass } = verifierAt(source.url);
  expect(await verifier.verify(await sign())).not.toBeNull();
  const flood = async (): Promise<void> => {
    const tokens = await Promise.all(Array.from({ length: 100 }, (_one, at) => sign(`unknown-${at}`)));
    for (const token of tokens.slice(0, 50)) expect(await verifier.verify(token)).toBeNull();
    for (const proof of await Promise.all(tokens.map(verifier.verify))) expect(proof).toBeNull();
    expect(await verifier.verify(await sign())).not.toBeNull();
  };
  await flood();
  expect(source.fetches).toBe(1);
  pass(30_000);
  await flood();
  expect(source.fetches).toBe(2);
  source.kids = ['a', 'b'];
  pass(30_000);
  expect(await verifier.verify(await sign('b'))).not.toBeNull();
  expect(source.fetches).toBe(3);
});

test('while an issuer does not answer, its keys go on, and of others nobody knows', async () => {
  await using source = await issuer();
  const { verifier, pass, failures } = verifierAt(source.url);
  expect(await verifier.verify(await sign())).not.toBeNull();
  source.isUp = false;
  pass(fetchedKeysMs);
  for (let count = 0; count < 20; count += 1) {
    expect(await verifier.verify(await sign())).not.toBeNull();
    await expect(verifier.verify(await sign('unknown'))).rejects.toMatchObject(unavailable);
  }
  expect(source.fetches).toBe(2);
  expect(failures).toHaveLength(1);
  pass(60 * 60_000 - fetchedKeysMs);
  await expect(verifier.verify(await sign())).rejects.toMatchObject(unavailable);
  expect(source.fetches).toBe(3);
  source.isUp = true;
  pass(5_000);
  expect(await verifier.verify(await sign())).not.toBeNull();
  expect(await verifier.verify(await sign('unknown'))).toBeNull();
});

test('a key that the issuer has taken back is none any more when its keys have been fetched again', async () => {
  await using source = await issuer();
  const { verifier, pass } = verifierAt(source.url);
  const proof = await verifier.verify(await sign());
  source.kids = ['b'];
  pass(fetchedKeysMs);
  await verifier.refresh();
  expect(proof?.holds(Date.now())).toBe(false);
  expect(await verifier.verify(await sign())).toBeNull();
  expect(source.fetches).toBe(2);
});
