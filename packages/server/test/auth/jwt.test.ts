import * as grpc from '@grpc/grpc-js';
import { ownPath } from '@threadstore/testkit';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { keysOfText } from '../../src/auth/jwt-keys.ts';
import { JwtVerifier } from '../../src/auth/jwt-verifier.ts';
import { guarded, rawUnary } from './guarded.ts';

interface Signer {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

const options = { issuer: 'https://issuer.test', audience: 'threads', tenantClaim: 'tenant' };
const list = `${ownPath}/ListThreads`;
const seconds = (): number => Math.floor(Date.now() / 1_000);

async function signer(alg: string, kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

let rsa: Signer;
let ec: Signer;
let stranger: Signer;
let keys: string;
beforeAll(async () => {
  [rsa, ec, stranger] = await Promise.all([signer('RS256', 'a'), signer('ES256', 'b'), signer('ES256', 'b')]);
  keys = JSON.stringify({ keys: [rsa.jwk, ec.jwk] });
});

const usual = { iss: options.issuer, aud: options.audience, sub: 'u1', tenant: 'acme', scope: 'read write openid' };

function sign(claims: object = {}, { privateKey, alg, jwk }: Signer = ec): Promise<string> {
  return new SignJWT({ ...usual, exp: seconds() + 60, ...claims })
    .setProtectedHeader({ alg, kid: jwk.kid ?? '' })
    .sign(privateKey);
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a JSON Web Token', () => {
  test.each(['ES256', 'RS256', 'EdDSA', 'PS384'])('signed with %s says who calls', async (alg) => {
    const made = await signer(alg, 'c');
    const verifier = new JwtVerifier(keysOfText(JSON.stringify({ keys: [rsa.jwk, made.jwk] })), options);
    const token = await sign({}, made);
    expect(verifier.look(token)).toBeUndefined();
    const proof = await verifier.verify(token);
    expect(proof?.principal).toEqual({ tenant: 'acme', subject: 'jwt u1', scopes: new Set(['read', 'write']) });
    expect(verifier.look(token)).toBe(proof);
    expect(proof?.holds(Date.now() + 50_000)).toBe(true);
    expect(proof?.holds(Date.now() + 70_000)).toBe(false);
  });

  test('is checked by keys in PEM, several of a kind too', async () => {
    const pem = await Promise.all([ec, stranger, rsa].map(({ publicKey }) => exportSPKI(publicKey)));
    const verifier = new JwtVerifier(keysOfText(pem.join('\n')), options);
    for (const one of [ec, stranger, rsa]) expect(await verifier.verify(await sign({}, one))).not.toBeNull();
    expect(await verifier.verify(await sign({}, await signer('ES256', 'b')))).toBeNull();
  });

  test.each<[string, object]>([
    ['of another issuer', { iss: 'https://other.test' }],
    ['for another audience', { aud: 'other' }],
    ['that has expired', { exp: seconds() - 60 }],
    ['that never expires', { exp: undefined }],
    ['that is not good yet', { nbf: seconds() + 600 }],
    ['without a tenant', { tenant: undefined }],
    ['of a tenant that is none', { tenant: '' }],
    ['of several tenants', { tenant: ['acme', 'beta'] }],
  ])('%s is no good', async (_what, claims) => {
    expect(await new JwtVerifier(keysOfText(keys), options).verify(await sign(claims))).toBeNull();
  });

  test('of a key of somebody else is no good', async () => {
    expect(await new JwtVerifier(keysOfText(keys), options).verify(await sign({}, stranger))).toBeNull();
  });

  test('without a signature, or with one that a public key can make, is no good', async () => {
    const verifier = new JwtVerifier(keysOfText(keys), options);
    const claims = { ...usual, exp: seconds() + 60 };
    expect(await verifier.verify(`${base64({ alg: 'none' })}.${base64(claims)}.x`)).toBeNull();
    const secret = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'a' }).sign(secret);
    expect(await verifier.verify(forged)).toBeNull();
  });

  test('has the scopes of scp, too', async () => {
    const verifier = new JwtVerifier(keysOfText(keys), options);
    const proof = await verifier.verify(await sign({ scope: undefined, scp: ['read', 'other'] }));
    expect(proof?.principal.scopes).toEqual(new Set(['read']));
  });

  test('is kept, no more of them than may be', async () => {
    const verifier = new JwtVerifier(keysOfText(keys), { ...options, keptMax: 2 });
    const tokens = await Promise.all(['1', '2', '3'].map((sub) => sign({ sub })));
    for (const token of tokens) await verifier.verify(token);
    expect(tokens.map((token) => verifier.look(token)?.principal.subject)).toEqual([undefined, 'jwt 2', 'jwt 3']);
  });

  test('is no good any more once its key is gone', async () => {
    const verifier = new JwtVerifier(keysOfText(keys), options);
    const [ofRsa, ofEc] = [await sign({}, rsa), await sign({}, ec)];
    const [rsaProof, ecProof] = [await verifier.verify(ofRsa), await verifier.verify(ofEc)];
    await verifier.replaceKeys(keysOfText(JSON.stringify({ keys: [rsa.jwk] })));
    expect(rsaProof?.holds(Date.now())).toBe(true);
    expect(ecProof?.holds(Date.now())).toBe(false);
    expect(verifier.look(ofEc)).toBeUndefined();
    expect(await verifier.verify(ofEc)).toBeNull();
  });

  test('whose subject is no text has none', async () => {
    const proof = await new JwtVerifier(keysOfText(keys), options).verify(await sign({ sub: 7 }));
    expect(proof?.principal.subject).toBe('jwt');
  });

  test('that is verified while keys are replaced is checked by those that count then', async () => {
    const [ofRsa, ofEc] = [await sign({}, rsa), await sign({}, ec)];
    const all = keysOfText(keys);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const verifier = new JwtVerifier(async (header, token) => {
      await held;
      return all(header, token);
    }, options);
    const proofs = [ofRsa, ofEc].map((token) => verifier.verify(token));
    await verifier.replaceKeys(keysOfText(JSON.stringify({ keys: [rsa.jwk] })));
    release();
    const [rsaProof, ecProof] = await Promise.all(proofs);
    expect(rsaProof?.holds(Date.now())).toBe(true);
    expect(ecProof).toBeNull();
    expect(verifier.look(ofEc)).toBeUndefined();
  });

  test('that is verified while the kept ones are checked stays good where the new keys verify it', async () => {
    const [first, second] = [await sign({ sub: '1' }), await sign({ sub: '2' })];
    const verifier = new JwtVerifier(keysOfText(keys), options);
    await verifier.verify(first);
    const all = keysOfText(keys);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const replaced = verifier.replaceKeys(async (header, token) => {
      await held;
      return all(header, token);
    });
    const proof = await verifier.verify(second);
    release();
    await replaced;
    expect(proof?.holds(Date.now())).toBe(true);
    expect(verifier.look(second)).toBe(proof);
  });
});

describe('keys', () => {
  test.each([
    ['{}', /^keys: expected an array/],
    ['{"keys":[]}', /no key/],
    ['hello', /no key/],
    ['{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}', /shared secret/],
    ['{"keys":[{"kty":"EC","d":"x"}]}', /private key/],
    ['{"keys":[{"kty":"EC"}]}', /no public key/],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /private key/],
    ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /no public key/],
  ])('%s are refused', (text, message) => {
    expect(() => keysOfText(text)).toThrow(message);
  });
});

test('a service takes both kinds of tokens, and tells of neither in its log', async () => {
  await using service = await guarded([], { tokens: [new JwtVerifier(keysOfText(keys), options)] });
  const call = async (claims: object): Promise<grpc.status> => {
    const token = await sign(claims);
    const { code } = await rawUnary(service.endpoint, list, { authorization: `Bearer ${token}` });
    expect(service.log()).not.toContain(token.split('.')[2]);
    return code;
  };
  expect(await call({})).toBe(grpc.status.OK);
  expect(await call({ scope: 'write' })).toBe(grpc.status.PERMISSION_DENIED);
  expect(await call({ scope: undefined })).toBe(grpc.status.PERMISSION_DENIED);
  expect(await call({ aud: 'other' })).toBe(grpc.status.UNAUTHENTICATED);
});
