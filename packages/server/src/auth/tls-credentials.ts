import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import * as grpc from '@grpc/grpc-js';

/** All in PEM. */
export interface TlsMaterial {
  /** The certificate, and those that it rests on behind it. */
  readonly cert: string;
  readonly key: string;
  /** Who may have issued the certificates that clients must show. Absent: they show none. */
  readonly clientCa?: string;
}

export type TlsVersion = '1.2' | '1.3';

/** Throws an `Error` for what TLS can't be made of, without anything of the key. Returns when the certificate expires. */
export function checkTlsMaterial({ cert, key, clientCa }: TlsMaterial): Date {
  const certificate = part('the certificate is no PEM', () => new X509Certificate(cert));
  const privateKey = part('the key is no PEM', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) throw new Error("the key is not the certificate's");
  if (clientCa !== undefined) part('the certificates of the client CA are no PEM', () => new X509Certificate(clientCa));
  part('certificate and key are no good for TLS', () => createSecureContext({ cert, key, ca: clientCa }));
  const expires = new Date(certificate.validTo);
  if (expires.getTime() <= Date.now()) throw new Error(`the certificate has expired (${expires.toISOString()})`);
  return expires;
}

/** What a part of the material is; OpenSSL's own texts may quote it. */
function part<T>(fault: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error(fault);
  }
}

/**
 * TLS of a listener, whose material may be replaced: connections from then on use the new one. Not grpc-js' own watcher of files, which
 * closes every connection while a certificate and a key don't fit, as they don't while they are being replaced.
 */
export class TlsCredentials extends grpc.ServerCredentials {
  readonly #minVersion: TlsVersion;

  constructor(material: TlsMaterial, minVersion: TlsVersion) {
    const asks = material.clientCa !== undefined;
    super({ requestCert: asks, rejectUnauthorized: asks }, contextOf(material, minVersion));
    this.#minVersion = minVersion;
  }

  replace(material: TlsMaterial): void {
    this.updateSecureContextOptions(contextOf(material, this.#minVersion));
  }

  override _equals(other: grpc.ServerCredentials): boolean {
    return this === other;
  }
}

function contextOf({ cert, key, clientCa }: TlsMaterial, minVersion: TlsVersion): SecureContextOptions {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }), minVersion: `TLSv${minVersion}` };
}
