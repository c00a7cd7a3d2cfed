import { createHash, randomBytes } from 'node:crypto';

// The secret is 256 bits: more than the 128 that nobody can guess, so a plain hash of it is as good as a slow one.
const idBytes = 6;
const secretBytes = 32;
const shape = /^ts_(?<id>[0-9a-z]{1,32})_(?<secret>[\w-]{22,128})$/;

/** The parts of a token `ts_<id>_<secret>`. */
export interface BearerToken {
  /** Names the token, in files, lists and logs. No secret. */
  readonly id: string;
  readonly secret: string;
}

export function newBearerToken(): BearerToken {
  return { id: randomBytes(idBytes).toString('hex'), secret: randomBytes(secretBytes).toString('base64url') };
}

export function bearerTokenText({ id, secret }: BearerToken): string {
  return `ts_${id}_${secret}`;
}

export function parseBearerToken(text: string): BearerToken | undefined {
  const groups = shape.exec(text)?.groups;
  return groups === undefined ? undefined : { id: groups['id'] ?? '', secret: groups['secret'] ?? '' };
}

/** What is kept of a secret. */
export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
