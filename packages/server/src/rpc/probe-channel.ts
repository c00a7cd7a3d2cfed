import * as grpc from '@grpc/grpc-js';
import { hostOf, isLoopback } from '../host.ts';

/** All in PEM. */
export interface ProbeTls {
  readonly ca?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly serverName?: string;
}

/**
 * What a client is made with that asks a service how it is: over TLS when it is said how, or `https://` stands before the address. Throws for
 * certificates that are none.
 */
export function probeChannel(
  endpoint: string,
  tls: ProbeTls | undefined,
): [address: string, credentials: grpc.ChannelCredentials, options: grpc.ClientOptions] {
  const [, scheme = '', address = endpoint] = /^(?:(\w+):\/\/)?(.*)$/.exec(endpoint) ?? [];
  const isEncrypted = tls !== undefined || scheme === 'https' || scheme === 'grpcs';
  const name = tls?.serverName;
  return [
    address,
    isEncrypted ? sslOf(tls) : grpc.credentials.createInsecure(),
    {
      // A proxy that the environment names would ask its own machine.
      ...(isLoopback(hostOf(address)) ? { 'grpc.enable_http_proxy': 0 } : {}),
      ...(name === undefined ? {} : { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name }),
    },
  ];
}

function sslOf({ ca, cert, key }: ProbeTls = {}): grpc.ChannelCredentials {
  const bytes = (text: string | Uint8Array | undefined): Buffer | null =>
    text === undefined ? null : Buffer.from(text);
  return grpc.credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}
