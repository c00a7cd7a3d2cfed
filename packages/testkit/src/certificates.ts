import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

/** All in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateInit {
  readonly commonName: string;
  /** Subject alternative names. Default: none. */
  readonly names?: readonly JsonGeneralName[];
  /** Days from now. Default 365. */
  readonly validDays?: number;
}

/** An authority for the certificates of a test. */
export class CertificateAuthority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: X509Certificate;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async create(commonName: string): Promise<CertificateAuthority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        ...life(365),
        name: `CN=${commonName}`,
        keys,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(true, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ],
      },
      webcrypto,
    );
    return new CertificateAuthority(keys, certificate);
  }

  /** Its own certificate, in PEM. */
  get cert(): string {
    return this.#certificate.toString('pem');
  }

  /** A certificate for servers and clients. */
  async issue({ commonName, names = [], validDays = 365 }: CertificateInit): Promise<Certified> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create(
      {
        ...life(validDays),
        subject: `CN=${commonName}`,
        issuer: this.#certificate.subject,
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension([...names])]),
        ],
      },
      webcrypto,
    );
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** From before now, for a certificate that has expired, too. */
function life(validDays: number): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    serialNumber: randomBytes(8).toString('hex'),
    notBefore: new Date(now - 2 * dayMs),
    notAfter: new Date(now + validDays * dayMs),
  };
}
