/** How much of a server its callers may have at once. All at least 1; `Number.POSITIVE_INFINITY` is no limit. */
export interface ServiceLimits {
  /** Calls under way that are no streams. Default 1,024. */
  readonly callsMax: number;
  /** Streams that read: histories. Default 1,000. */
  readonly readStreamsMax: number;
  /** Streams of appends. Default 10,000. */
  readonly appendStreamsMax: number;
  /** Bytes of all requests under way, as they came over the wire. Default 64 MiB. One request may always come, however large. */
  readonly requestBytesMax: number;
  /** The same of one tenant. Default 512 calls, 500 and 5,000 streams, 32 MiB. */
  readonly tenantCallsMax: number;
  readonly tenantReadStreamsMax: number;
  readonly tenantAppendStreamsMax: number;
  readonly tenantRequestBytesMax: number;
  /** Calls of one tenant in a second, each append of a stream included; twice as many may come at once. Default 50,000. */
  readonly tenantRate: number;
  /** Bytes of requests of one tenant in a second; twice as many may come at once. Default 256 MiB. */
  readonly tenantBytesRate: number;
  /** Milliseconds. What a call may take that is no stream, whatever its own deadline says. Default 30,000. */
  readonly callTimeoutMs: number;
  /** Milliseconds. A stream ends whose caller takes nothing of what it is sent for so long. Default 60,000. */
  readonly stalledReaderTimeoutMs: number;
  /** Milliseconds. A connection ends that has not begun to speak HTTP/2 by then, within TLS where there is any. Default 10,000. */
  readonly prefaceTimeoutMs: number;
  /** Connections of the server. Default 4,096. */
  readonly connectionsMax: number;
  /** Connections from one address, of IPv6 from one network of 64 bits. Default 2,048. */
  readonly connectionsPerAddressMax: number;
}

const MiB = 1024 * 1024;

export const defaultServiceLimits: ServiceLimits = {
  callsMax: 1_024,
  readStreamsMax: 1_000,
  appendStreamsMax: 10_000,
  requestBytesMax: 64 * MiB,
  tenantCallsMax: 512,
  tenantReadStreamsMax: 500,
  tenantAppendStreamsMax: 5_000,
  tenantRequestBytesMax: 32 * MiB,
  tenantRate: 50_000,
  tenantBytesRate: 256 * MiB,
  callTimeoutMs: 30_000,
  stalledReaderTimeoutMs: 60_000,
  prefaceTimeoutMs: 10_000,
  connectionsMax: 4_096,
  connectionsPerAddressMax: 2_048,
};
