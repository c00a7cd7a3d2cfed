import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import { objectOf, parsed } from './parsed.ts';

/** The keys of a JWK set, or of public keys and certificates in PEM. Throws an `Error` that quotes nothing of them. */
export function keysOfText(text: string): JWTVerifyGetKey {
  if (text.trimStart().startsWith('{')) return setOf(keysOfSet(text));
  const set = setOf(keysOfPem(text));
  // Keys in PEM have no names, so whatever name a token gives says nothing.
  return ({ kid: _kid, ...header }, token) => set(header, token);
}

function setOf(keys: JWK[]): JWTVerifyGetKey {
  if (keys.length === 0) throw new Error('there is no key in it');
  return createLocalJWKSet({ keys });
}

function keysOfSet(text: string): JWK[] {
  const { keys } = objectOf(parsed(text), 'the file');
  if (!Array.isArray(keys)) throw new Error('keys: expected an array');
  return keys.map((key: unknown, index) => {
    const jwk = objectOf(key, `keys[${index}]`);
    if (jwk['kty'] === 'oct') throw new Error(`keys[${index}]: is a shared secret, expected a public key`);
    if ('d' in jwk) throw new Error(`keys[${index}]: is a private key, expected a public key`);
    try {
      createPublicKey({ key: jwk, format: 'jwk' });
    } catch {
      throw new Error(`keys[${index}]: is no public key`);
    }
    return jwk;
  });
}

function keysOfPem(text: string): JWK[] {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g) ?? [];
  return blocks.map((block, index) => {
    if (block.includes('PRIVATE KEY')) throw new Error(`key ${index + 1}: is a private key, expected a public key`);
    try {
      return createPublicKey(block).export({ format: 'jwk' });
    } catch {
      throw new Error(`key ${index + 1}: is no public key`);
    }
  });
}
