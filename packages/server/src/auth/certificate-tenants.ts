import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { CertificateVerifier } from './authentication-gate.ts';
import { entriesOf, objectOf, onlyMembers, scopesOf, tenantOf, textOf } from './parsed.ts';
import type { Principal, Scope } from './principal.ts';
import type { Proof } from './proof.ts';

const kinds = ['uri', 'dns', 'cn'] as const;

/** What a file says of the holders of certificates. */
export interface CertificateTenant {
  /** A subject alternative name, or the common name of the subject. */
  readonly kind: (typeof kinds)[number];
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}

const members: ReadonlySet<string> = new Set([...kinds, 'tenant', 'scopes']);

/** Throws an `Error` that says which entry is wrong. */
export function parseCertificateTenants(text: string): readonly CertificateTenant[] {
  const entries = entriesOf(text, 'certificates', parseEntry);
  const keys = new Set(entries.map(keyOf));
  if (keys.size < entries.length) throw new Error('certificates: a name is there twice');
  return entries;
}

function parseEntry(value: unknown, at: string): CertificateTenant {
  const entry = objectOf(value, at);
  onlyMembers(entry, members, at);
  const [kind, ...others] = kinds.filter((one) => entry[one] !== undefined);
  if (kind === undefined || others.length > 0) throw new Error(`${at}: expected one of uri, dns and cn`);
  const name = textOf(entry[kind], `${at}.${kind}`);
  return { kind, name, tenant: tenantOf(entry['tenant'], at), scopes: scopesOf(entry['scopes'], at) };
}

function keyOf({ kind, name }: Pick<CertificateTenant, 'kind' | 'name'>): string {
  return `${kind}:${kind === 'dns' ? name.toLowerCase() : name}`;
}

interface Known {
  readonly principal: Principal;
  /** Equal for entries that grant the same. */
  readonly grant: string;
}

/** Whose certificates are of which tenant. */
export class CertificateTenants implements CertificateVerifier {
  #byName: ReadonlyMap<string, Known> = new Map();

  constructor(tenants: readonly CertificateTenant[]) {
    this.replace(tenants);
  }

  replace(tenants: readonly CertificateTenant[]): void {
    this.#byName = new Map(tenants.map((entry) => [keyOf(entry), known(entry)]));
  }

  /** One whose names are of several entries is of none. */
  readonly verify = ({ raw }: PeerCertificate): Proof | null => {
    const certificate = new X509Certificate(raw);
    const expiresAt = Date.parse(certificate.validTo);
    const names = namesOf(certificate);
    const found = this.#find(names);
    if (found === undefined) return null;
    const { principal, grant } = found;
    return { principal, holds: (now) => now < expiresAt && this.#find(names)?.grant === grant };
  };

  #find(names: readonly string[]): Known | undefined {
    const [only, ...others] = names.flatMap((name) => this.#byName.get(name) ?? []);
    return others.length === 0 ? only : undefined;
  }
}

function known({ kind, name, tenant, scopes }: CertificateTenant): Known {
  const principal = { tenant, subject: `certificate ${kind}:${name}`, scopes: new Set(scopes) };
  return { principal, grant: JSON.stringify([tenant, scopes.toSorted()]) };
}

/** The names of a certificate, as the keys of entries. */
function namesOf({ subjectAltName = '', subject }: X509Certificate): readonly string[] {
  const names = new Set<string>();
  // Node puts a name into quotes when it holds anything that could be taken for the end of it.
  for (const [, kind = '', text = ''] of subjectAltName.matchAll(/(?:^|, )(DNS|URI):("(?:[^"\\]|\\.)*"|[^,"]*)/g)) {
    const name = text.startsWith('"') ? (JSON.parse(text) as string) : text;
    names.add(keyOf({ kind: kind === 'DNS' ? 'dns' : 'uri', name }));
  }
  // A line for each part of the subject. A name of several parts is nobody's.
  const common = subject.split('\n').flatMap((line) => /^CN=(.+)$/.exec(line)?.[1] ?? []);
  if (common.length === 1) names.add(keyOf({ kind: 'cn', name: common[0] ?? '' }));
  return [...names];
}
