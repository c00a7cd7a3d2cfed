import * as grpc from '@grpc/grpc-js';
import { context, propagation, type TextMapSetter } from '@opentelemetry/api';
import type { CallerOptions, ThreadStoreCallers } from '@threadstore/protocol';

const setter: TextMapSetter<grpc.Metadata> = { set: (metadata, key, value) => metadata.set(key, value) };

type Caller = (request: unknown, options?: CallerOptions) => unknown;

/**
 * Callers that tell the service which trace a call belongs to (`traceparent`), where the process has registered an OpenTelemetry SDK
 * and a span is active. Nothing is sent otherwise.
 */
export function withTraceContext(callers: ThreadStoreCallers): ThreadStoreCallers {
  const traced = Object.entries(callers).map(([name, caller]) => [
    name,
    (request: unknown, options: CallerOptions = {}) => {
      const metadata = options.metadata?.clone() ?? new grpc.Metadata();
      propagation.inject(context.active(), metadata, setter);
      return (caller as Caller)(request, { ...options, metadata });
    },
  ]);
  return Object.fromEntries(traced) as ThreadStoreCallers;
}
