import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { ThreadStoreError } from '@threadstore/core';
import { fileDescriptors, type CallContext } from '@threadstore/protocol';
import type { ServerChannelOptions } from './channel-options.ts';
import type { Admission } from './limits/admission.ts';
import { Connections } from './limits/connections.ts';
import type { ServiceLimits } from './limits/service-limits.ts';
import { silentLogger, type Logger } from './log.ts';
import { Readiness } from './readiness/readiness.ts';
import { callInterceptor } from './rpc/call-interceptor.ts';
import { callLog } from './rpc/call-log.ts';
import type { CallObserver } from './rpc/call-observer.ts';
import { CallRecords } from './rpc/call-record.ts';
import type { Gate } from './rpc/gate.ts';
import { Health } from './rpc/health.ts';
import { metadataGate } from './rpc/metadata-gate.ts';
import { OpenCalls } from './rpc/open-calls.ts';
import { readinessGate } from './rpc/readiness-gate.ts';
import { timeoutGate } from './rpc/timeout-gate.ts';
import { isFault } from './rpc/told.ts';
import { transportServer } from './rpc/transport-server.ts';
import { serveUnknownMethods } from './rpc/unknown-method.ts';
import { callTracing } from './tracing/call-tracing.ts';
import { threadStoreVersion } from './version.ts';

/** What every listener of ours can be told. */
export interface HostOptions {
  /** Told of each call. Default: nobody. */
  readonly logger?: Logger;
  /** Told of each call, too. */
  readonly observers?: readonly CallObserver[];
  /** What calls pass, in this order, before their requests are read. Bounds of their metadata come before, `serviceLimits` after. */
  readonly gates?: readonly Gate[];
  /** What health says while the service listens, and whether calls are refused. Default: ready, always. */
  readonly readiness?: Readiness;
  /** How much callers may have at once, and for how long. */
  readonly serviceLimits?: Partial<ServiceLimits>;
  /** What connections are made with. Default: plain text, to anybody. */
  readonly credentials?: grpc.ServerCredentials;
  /** Whether clients may ask which services there are. Default true. */
  readonly reflection?: boolean;
  /** How long calls under way may go on when the server drains, in milliseconds. Default 25,000. */
  readonly drainTimeoutMs?: number;
  /** What the response header `threadstore-version` says. Default: this package's. */
  readonly version?: string;
}

export interface ThreadStoreServer {
  /**
   * Serves on `host:port`; port 0 takes any free one. Resolves to where it listens, and the health service
   * says SERVING. Rejects with a `ListenError` when the address can't be had.
   */
  listen(address: string): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Takes no more calls, says NOT_SERVING to health watchers, lets calls under way finish, and cuts off those that take
   * longer than `drainTimeoutMs`. Streams of appends are read no further, and end when what they brought is answered. Idempotent.
   */
  drain(): Promise<void>;
}

/** The service can't listen on an address. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code, such as `EADDRINUSE`; null when it gave none. */
  readonly code: string | null;

  constructor(address: string, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
    super(`can't listen on ${address}${code === null ? '' : ` (${code})`}`, { cause });
    this.code = code;
  }
}

/** What the one service of a listener is to its host. */
export interface HostedService {
  readonly desc: Parameters<typeof fileDescriptors>[0] & { readonly typeName: string };
  readonly channelOptions: ServerChannelOptions;
  /** What lets its calls and their requests in. */
  readonly admission: Admission;
  /** Adds the service to the server. `onError` notes why a call failed. */
  readonly add: (
    server: grpc.Server,
    records: CallRecords,
    onError: (error: unknown, context: CallContext) => void,
  ) => void;
  /** Ends what would go on for as long as its callers like, and lets it begin again. */
  readonly pause?: () => void;
  /** The same for good. Called once, when the server drains. */
  readonly drain?: () => void;
}

const drainTimeoutDefaultMs = 25_000;
/** How long connections without a call may take to close: the last answers are on their way. */
const silentConnectionMs = 1_000;

/** A gRPC server of one service, with health and, unless refused, reflection; each of its calls has an id and a line in the log. */
export function hostService(service: HostedService, options: HostOptions): ThreadStoreServer {
  const { logger = silentLogger } = options;
  const records = new CallRecords();
  const openCalls = new OpenCalls();
  const { typeName } = service.desc;
  const readiness = options.readiness ?? new Readiness();
  const tracing = callTracing(typeName);
  const interceptor = callInterceptor({
    records,
    openCalls,
    gates: [
      service.admission.arrivals,
      tracing.gate,
      timeoutGate,
      metadataGate,
      readinessGate(readiness),
      ...(options.gates ?? []),
      service.admission,
    ],
    bounds: {
      admission: service.admission,
      messageBytesMax: service.channelOptions['grpc.max_receive_message_length'],
    },
    observers: [callLog(logger), tracing.observer, ...(options.observers ?? [])],
    version: options.version ?? threadStoreVersion,
    service: typeName,
  });
  const server = new grpc.Server({ ...service.channelOptions, interceptors: [interceptor] });
  service.add(server, records, (error, { metadata }) => {
    const record = records.of(metadata);
    record.reason = error instanceof ThreadStoreError ? error.reason : 'INTERNAL';
    const fault = !(error instanceof ThreadStoreError) || isFault(error);
    if (fault) record.failure = error instanceof Error ? (error.cause ?? error) : error;
  });
  const health = new Health(typeName);
  health.addTo(server);
  readiness.listen((unready) => {
    health.ready(unready === null);
    if (unready?.refuses === true) service.pause?.();
  });
  if (options.reflection ?? true) addReflection(server, service.desc);
  serveUnknownMethods(server);

  const connections = connectionsOf(server, service, logger, options.credentials);
  let drained: Promise<void> | undefined;
  return {
    async listen(address) {
      const colon = address.lastIndexOf(':');
      const host = address.slice(0, colon);
      const port = await connections.listen(host, Number(address.slice(colon + 1))).catch((error: unknown) => {
        throw new ListenError(address, error);
      });
      health.listening();
      return { host, port };
    },
    drain() {
      const timeoutMs = options.drainTimeoutMs ?? drainTimeoutDefaultMs;
      drained ??= drain(timeoutMs, { server, connections, health, openCalls, service });
      return drained;
    },
  };
}

function connectionsOf(
  server: grpc.Server,
  { admission }: HostedService,
  logger: Logger,
  credentials = grpc.ServerCredentials.createInsecure(),
): Connections {
  const injector = server.createConnectionInjector(credentials);
  const serve = (socket: Socket): void => {
    admission.backPressure.watch(socket, (peer) =>
      logger.warn({ peer }, 'callers do not wait as they are told: their connection is read when there is room'),
    );
    injector.injectConnection(socket);
  };
  const connections = new Connections(serve, admission.limits, logger);
  transportServer(server).on('session', (session) => {
    session.once('remoteSettings', () => connections.speaks(session.socket));
  });
  return connections;
}

function addReflection(server: grpc.Server, desc: HostedService['desc']): void {
  const described = { [desc.typeName]: { fileDescriptorProtos: fileDescriptors(desc) } };
  // Its type asks for all that proto-loader makes; it reads the descriptors alone.
  new ReflectionService(described as unknown as ConstructorParameters<typeof ReflectionService>[0]).addToServer(server);
}

interface Drained {
  readonly server: grpc.Server;
  readonly connections: Connections;
  readonly health: Health;
  readonly openCalls: OpenCalls;
  readonly service: HostedService;
}

async function drain(timeoutMs: number, { server, connections, health, openCalls, service }: Drained): Promise<void> {
  health.draining();
  const closed = connections.close();
  // It knows of no connection that it has not accepted itself, so its word is not waited for.
  server.tryShutdown(() => undefined);
  service.drain?.();
  openCalls.endLingering();
  const rest = new AbortController();
  const { signal } = rest;
  // A connection that never says anything would hold up the shutdown until its end.
  const silent = openCalls.none().then(() => delay(silentConnectionMs, undefined, { signal }));
  await Promise.race([closed, silent, delay(timeoutMs, undefined, { signal })]).finally(() => rest.abort());
  server.forceShutdown();
  connections.cut();
}
