import type { IncomingHttpHeaders } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { fromStatus } from '@threadstore/protocol';
import { canary } from './corpus.ts';

/** How a call ended. */
export interface Answer {
  readonly headers: IncomingHttpHeaders;
  /** The caller broke it off itself, or the server its connection. */
  readonly isBroken: boolean;
}

export interface Verdict {
  /** The gRPC status by its name; `HTTP 415` where there was none; `RST` for a stream that was only ended. */
  readonly status: string;
  /** The reason of the service; `-` for a status that the transport made. */
  readonly reason: string;
  readonly wrong: readonly string[];
}

/**
 * What grpc-js itself answers with INTERNAL before anything of ours sees the call: a deadline that is none, a message whose compression is
 * broken, and a call that its caller left while it was answered.
 */
const internalOfTransport = [
  /^Invalid grpc-timeout value /,
  /^Failed to decompress message$/,
  /^Internal server error$/,
];

export function verdictOn({ headers, isBroken }: Answer): Verdict {
  const said = headers['grpc-status'];
  if (said === undefined) {
    const http = headers[':status'];
    return { status: http === undefined || isBroken ? 'RST' : `HTTP ${String(http)}`, reason: '-', wrong: [] };
  }
  const code = Number(said) as grpc.status;
  const status = grpc.status[code] ?? `status ${String(said)}`;
  if (code === grpc.status.OK) return { status, reason: '-', wrong: [] };
  const message = decoded(String(headers['grpc-message'] ?? ''));
  const details = headers['grpc-status-details-bin'];
  if (typeof details !== 'string') return { status, reason: '-', wrong: faultsOfTransport(code, message) };
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(details, 'base64'));
  const error = fromStatus({ code, details: message, metadata }, { operation: 'fuzz', effect: 'unknown' });
  const wrong: string[] = [];
  if (!error.remote) wrong.push('no ErrorInfo of ours');
  if (code === grpc.status.INTERNAL || code === grpc.status.UNKNOWN) wrong.push(`status ${status}`);
  if (!/^[\x20-\x7e]{1,200}$/.test(error.message)) wrong.push('not one line of at most 200 ASCII characters');
  // The label of the holder is told to whoever meets the lease: it's what it is for.
  const isShown = error.reason !== 'WRITER_LIVE' && JSON.stringify([error.message, error.details]).includes(canary);
  if (isShown) wrong.push('shows content');
  return { status, reason: error.reason, wrong: wrong.map((what) => `${what}: ${error.reason}: ${error.message}`) };
}

function faultsOfTransport(code: grpc.status, message: string): readonly string[] {
  if (code === grpc.status.UNKNOWN) return [`status UNKNOWN: ${message}`];
  if (code !== grpc.status.INTERNAL || internalOfTransport.some((one) => one.test(message))) return [];
  return [`status INTERNAL: ${message}`];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
