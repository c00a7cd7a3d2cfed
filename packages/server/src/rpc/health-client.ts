import * as grpc from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { versionHeader } from './call-interceptor.ts';

export interface ServiceHealth {
  /** As the service says it, or `UNREACHABLE` when nobody answers. */
  readonly status: string;
  /** `null` when no threadstore answers. */
  readonly version: string | null;
}

interface HealthClient extends grpc.Client {
  check(
    request: { readonly service: string },
    options: grpc.CallOptions,
    callback: (error: grpc.ServiceError | null, response?: { readonly status: string }) => void,
  ): grpc.ClientUnaryCall;
}

/** All in PEM. */
interface HealthTls {
  readonly ca?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly serverName?: string;
}

/**
 * Asks the service at an address how it is, as a whole: over TLS when it is said how, or `https://` stands before the address. Rejects only
 * for certificates that are none.
 */
export async function askHealth(endpoint: string, deadlineMs: number, tls?: HealthTls): Promise<ServiceHealth> {
  const Client = grpc.makeGenericClientConstructor(service, 'Health');
  const [, scheme = '', address = endpoint] = /^(?:(\w+):\/\/)?(.*)$/.exec(endpoint) ?? [];
  const isEncrypted = tls !== undefined || scheme === 'https' || scheme === 'grpcs';
  const client = new Client(
    address,
    isEncrypted ? sslOf(tls) : grpc.credentials.createInsecure(),
    tls?.serverName === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': tls.serverName, 'grpc.default_authority': tls.serverName },
  ) as unknown as HealthClient;
  try {
    return await new Promise((resolve) => {
      let version: string | null = null;
      const call = client.check({ service: '' }, { deadline: Date.now() + deadlineMs }, (error, response) => {
        resolve({ status: error === null ? (response?.status ?? 'UNKNOWN') : 'UNREACHABLE', version });
      });
      call.on('metadata', (metadata) => {
        const [value] = metadata.get(versionHeader);
        if (typeof value === 'string') version = value;
      });
    });
  } finally {
    client.close();
  }
}

function sslOf({ ca, cert, key }: HealthTls = {}): grpc.ChannelCredentials {
  const bytes = (text: string | Uint8Array | undefined): Buffer | null =>
    text === undefined ? null : Buffer.from(text);
  return grpc.credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}
