import * as grpc from '@grpc/grpc-js';
import type { Target } from './endpoint.ts';

export interface TlsOptions {
  /** Certificates of the authorities that the service's certificate may be of, in PEM. Default: those that Node trusts. */
  readonly ca?: string | Uint8Array;
  /** The certificate, and what it rests on, that this side shows, in PEM, for a service that asks for one. With its `key`. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name that the service's certificate must be for. Default: the host of the endpoint, of several the first one's. */
  readonly serverName?: string;
}

export interface TransportOptions {
  /**
   * Encrypts the connections: `true` with what Node trusts, or as said. An endpoint that begins with `https://` or `grpcs://` means
   * `true`.
   */
  readonly tls?: boolean | TlsOptions;
  /** Lets a token be sent without encryption to another machine, for a network that nobody else can listen to. Default false. */
  readonly allowPlaintext?: boolean;
}

/** What connections are made with. */
export interface Transport {
  readonly credentials: grpc.ChannelCredentials;
  readonly channelOptions: grpc.ChannelOptions;
}

/** Throws a `TypeError` for options that contradict each other, and for a token that others could listen to. */
export function resolveTransport(
  target: Target,
  { tls, allowPlaintext }: TransportOptions,
  hasToken: boolean,
): Transport {
  const isEncrypted = tls === undefined ? target.encrypted === true : tls !== false;
  if (target.encrypted !== undefined && target.encrypted !== isEncrypted) {
    throw new TypeError(`tls: the endpoint says ${target.encrypted ? 'https://' : 'http://'}, tls the opposite`);
  }
  if (isEncrypted) return encrypted(typeof tls === 'object' ? tls : {});
  if (hasToken && !target.isLocal && allowPlaintext !== true) {
    throw new TypeError('credentials: a token goes to another machine only over TLS (set tls, or allowPlaintext)');
  }
  return { credentials: grpc.credentials.createInsecure(), channelOptions: {} };
}

function encrypted({ ca, cert, key, serverName }: TlsOptions): Transport {
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('tls: cert and key go together');
  try {
    return {
      credentials: grpc.credentials.createSsl(bytes(ca), bytes(key), bytes(cert)),
      channelOptions:
        serverName === undefined
          ? {}
          : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName },
    };
  } catch (cause) {
    // Node's own text may quote the key.
    throw new TypeError('tls: ca, cert and key must be PEM, and the key that of the certificate', { cause });
  }
}

function bytes(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}
