import type { Metadata } from '@grpc/grpc-js';
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type TextMapGetter,
} from '@opentelemetry/api';
import type { CallObserver } from '../rpc/call-observer.ts';
import type { CallRecord } from '../rpc/call-record.ts';
import type { Gate } from '../rpc/gate.ts';
import { threadStoreVersion } from '../version.ts';

/** Statuses that are the server's failures by the semantic conventions for gRPC; the others are the caller's. */
const failures: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

const getter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => {
    const [value] = metadata.get(key);
    return typeof value === 'string' ? value : undefined;
  },
};

const spans = new WeakMap<CallRecord, Span>();

/**
 * A span for each call of the service, below the span that its caller's `traceparent` names. Costs next to nothing, and does nothing,
 * unless the process has registered an OpenTelemetry SDK.
 */
export function callTracing(service: string): { readonly gate: Gate; readonly observer: CallObserver } {
  const tracer = trace.getTracer('@threadstore/server', threadStoreVersion);
  return {
    gate: {
      enter({ record, metadata }) {
        if (!record.isOwn) return;
        const rpcMethod = `${service}/${record.rpc}`;
        const attributes = {
          'rpc.system.name': 'grpc',
          'rpc.method': rpcMethod,
          'threadstore.request_id': record.requestId,
        };
        const parent = propagation.extract(context.active(), metadata, getter);
        const span = tracer.startSpan(rpcMethod, { kind: SpanKind.SERVER, attributes }, parent);
        if (span.isRecording()) spans.set(record, span);
      },
    },
    observer: {
      ended(record, { code }) {
        const span = spans.get(record);
        if (span === undefined) return;
        span.setAttribute('rpc.response.status_code', code);
        if (record.threadId !== undefined) span.setAttribute('threadstore.thread_id', record.threadId);
        if (record.reason !== undefined) span.setAttribute('threadstore.reason', record.reason);
        if (failures.has(code)) {
          span.setAttribute('error.type', code);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    },
  };
}

/** Does work of a call within its span, so that what is traced below it is part of the trace. */
export function withinSpan<T>(record: CallRecord, work: () => T): T {
  const span = spans.get(record);
  return span === undefined ? work() : context.with(trace.setSpan(context.active(), span), work);
}
