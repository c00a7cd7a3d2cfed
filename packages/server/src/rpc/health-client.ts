import * as grpc from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { versionHeader } from './call-interceptor.ts';
import { probeChannel, type ProbeTls } from './probe-channel.ts';

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

/**
 * Asks the service at an address how it is, as a whole: over TLS when it is said how, or `https://` stands before the address. Rejects only
 * for certificates that are none.
 */
export async function askHealth(endpoint: string, deadlineMs: number, tls?: ProbeTls): Promise<ServiceHealth> {
  const Client = grpc.makeGenericClientConstructor(service, 'Health');
  const client = new Client(...probeChannel(endpoint, tls)) as unknown as HealthClient;
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
