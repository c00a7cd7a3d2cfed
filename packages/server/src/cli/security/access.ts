import { isLoopback } from '../../host.ts';
import { usageError } from '../cli-error.ts';
import type { HostAndPort } from '../settings/readers.ts';
import type { Resolved } from '../settings/setting.ts';

export interface Access {
  readonly listen: Resolved<HostAndPort>;
  /** Whether callers are asked for credentials. */
  readonly authenticates: boolean;
  readonly encrypts: boolean;
  readonly insecureNoAuth: Resolved<boolean>;
  readonly allowPlaintext: Resolved<boolean>;
}

/** What an address that others can reach opens, where that is to be told; `null`: nothing. */
export type Opening = 'everybody' | 'plaintext' | null;

/** Refuses to serve to whoever comes, or credentials that others can listen to, unless somebody has said that this is meant. */
export function checkAccess({ listen, authenticates, encrypts, insecureNoAuth, allowPlaintext }: Access): Opening {
  if (authenticates && insecureNoAuth.value) {
    throw usageError(`${insecureNoAuth.name}: not together with settings that ask for credentials`);
  }
  if (isLoopback(listen.value.host)) return null;
  if (!authenticates) {
    if (insecureNoAuth.value) return 'everybody';
    throw usageError(
      `${listen.name}: beyond loopback anybody could read and write all threads; set --tokens-file, --jwt-keys or ` +
        '--mtls-tenants (or, where nobody else can reach the address, --insecure-no-auth)',
    );
  }
  if (encrypts) return null;
  if (allowPlaintext.value) return 'plaintext';
  throw usageError(
    `${listen.name}: beyond loopback others could listen to credentials; set --tls-cert and --tls-key ` +
      '(or, behind a proxy that ends TLS, --allow-plaintext)',
  );
}
